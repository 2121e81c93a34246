import Foundation
import Tensors
import Testing

/// One entry of `Fixtures/torch.json`: inputs, outputs and gradients of an operation as torch computes them.
struct TorchFixture {
    let inputs: [Tensor]
    let outputs: [Tensor]
    /// Per input; nil where it gets none.
    let gradients: [Tensor?]

    /// Reads an entry. - Throws: if the file has no such entry or is not as `make_fixtures.py` writes it.
    init(_ name: String) throws {
        let url = try #require(Bundle.module.url(forResource: "torch", withExtension: "json", subdirectory: "Fixtures"))
        let root = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: [String: Any]])
        let entry = try #require(root[name], "no fixture '\(name)'")
        inputs = try #require(entry["inputs"] as? [Any]).map { try Self.tensor($0) }
        outputs = try #require(entry["outputs"] as? [Any]).map { try Self.tensor($0) }
        gradients = try (entry["gradients"] as? [Any] ?? []).map { $0 is NSNull ? nil : try Self.tensor($0) }
    }

    private static func tensor(_ value: Any) throws -> Tensor {
        let record = try #require(value as? [String: Any])
        let shape = try #require(record["shape"] as? [Int])
        let isFloat = try #require(record["dtype"] as? String) == "float32"
        let values = try #require(record["values"] as? [Any]).map { item -> Double in
            if let text = item as? String { return text == "nan" ? .nan : text == "inf" ? .infinity : -.infinity }
            return try #require(item as? NSNumber).doubleValue
        }
        return isFloat ? try Tensor.from(values.map { Float($0) }, shape: shape) : try Tensor.from(values.map { Int64($0) }, shape: shape)
    }
}

/// Expects equal shapes and elements within `tolerance`, absolute plus relative; NaN and infinities must match.
func expectEqual(_ tensor: Tensor, _ expected: Tensor, tolerance: Float = 2e-6, _ what: String, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(tensor.shape == expected.shape, "\(what)", sourceLocation: sourceLocation)
    guard tensor.shape == expected.shape else { return }
    guard let values = try? tensor.toFloat32().floatArray(), let wantedValues = try? expected.toFloat32().floatArray() else {
        Issue.record("\(what): no memory", sourceLocation: sourceLocation)
        return
    }
    for (index, (value, wanted)) in zip(values, wantedValues).enumerated() {
        let isEqual = value == wanted || (value.isNaN && wanted.isNaN) || abs(value - wanted) <= tolerance + tolerance * abs(wanted)
        #expect(isEqual, "\(what), element \(index): \(value) instead of \(wanted)", sourceLocation: sourceLocation)
    }
}
