import Encoders
import Foundation
import JSON
import SafeTensors
import Tensors

/// Files made by `make_fixtures.py`.
enum Fixture {
    static func path(_ name: String) -> String {
        Bundle.module.resourceURL!.appendingPathComponent("Fixtures").appendingPathComponent(name).path
    }

    static func json(_ name: String) throws -> JSONValue { try JSONValue.parse(contentsOfFile: path(name)) }
}

/// A safetensors file as tensors.
struct TensorFixture {
    let file: SafeTensorsFile

    init(_ name: String) throws { file = try SafeTensorsFile(path: Fixture.path(name)) }

    func floats(_ name: String) throws -> Tensor { Tensor(try file.floats(of: name), shape: file.entry(name)!.shape) }

    func integers(_ name: String) throws -> [Int] {
        try file.bytes(of: name).withMemoryRebound(to: Int64.self) { $0.map { Int($0) } }
    }
}

/// The greatest absolute difference; infinite where shapes differ.
func largestDifference(_ a: Tensor, _ b: Tensor) -> Float {
    guard a.shape == b.shape else { return .infinity }
    return zip(a.floatArray(), b.floatArray()).reduce(0) { $1.0.isNaN || $1.1.isNaN ? .infinity : max($0, abs($1.0 - $1.1)) }
}

/// The greatest absolute difference over the greatest magnitude of `expected`, or over 0.01 where that is smaller: the
/// gradient of a key bias, for one, is zero but for rounding.
func relativeDifference(_ actual: Tensor, _ expected: Tensor) -> Float {
    let scale = expected.floatArray().reduce(Float(1e-2)) { max($0, abs($1)) }
    return largestDifference(actual, expected) / scale
}

/// Sequences of the lengths in `fixture`, from its `ids` and `type_ids`.
func packedBatch(_ fixture: TensorFixture) throws -> PackedBatch {
    let ids = try fixture.integers("ids").map { Int32($0) }, types = try fixture.integers("type_ids").map { Int32($0) }
    var start = 0
    return PackedBatch(try fixture.integers("lengths").map { length in
        defer { start += length }
        return (Array(ids[start ..< start + length]), Array(types[start ..< start + length]))
    })
}

/// Whether two tensors hold the same bits.
func haveSameBits(_ a: Tensor, _ b: Tensor) -> Bool {
    a.shape == b.shape && a.floatArray().elementsEqual(b.floatArray()) { $0.bitPattern == $1.bitPattern }
}
