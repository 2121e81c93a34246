import Files
import Foundation
import SafeTensors
import TestSupport
import Testing

private let reference = Bundle.module.path(forResource: "Fixtures/reference", ofType: "safetensors")!

@Suite struct SafeTensorsFileTests {
    let folder = TemporaryFolder()

    @Test func readsAFileOfTheReference() throws {
        let file = try SafeTensorsFile(path: reference)
        #expect(file.metadata == ["format": "pt"])
        #expect(file.names.count == 10)
        #expect(file.entry("layer.0.weight")?.shape == [2, 3])
        #expect(file.entry("layer.0.weight")?.dtype == .float32)
        #expect(try file.floats(of: "layer.0.weight") == [-1, -0.625, -0.25, 0.125, 0.5, 0.875])
        #expect(try file.floats(of: "double") == [-1, -0.625, -0.25, 0.125, 0.5, 0.875])
        #expect(try file.floats(of: "scalar") == [2.5])
        #expect(file.entry("scalar")?.shape == [])
        #expect(try file.floats(of: "empty") == [])
        #expect(file.entry("empty")?.shape == [0, 4])
        let ids = try file.bytes(of: "ids")
        #expect((0..<4).map { ids.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) } == [1, -2, 3, 1 << 62])
        #expect(try Array(file.bytes(of: "flags")) == [1, 0, 1])
        #expect(file.entry("näme \"quoted\"")?.dtype == .int32)
        #expect(file.entry("absent") == nil)
    }

    @Test func widensHalvesExactly() throws {
        let file = try SafeTensorsFile(path: reference)
        let half = try file.floats(of: "layer.0.half")
        #expect(half.dropLast() == [0, -0.0, 1, 65504, 0x1p-24, 0x1p-14, 0.333251953125, .infinity, -.infinity])
        #expect(half[1].sign == .minus)
        #expect(half[9].isNaN)
        let brain = try file.floats(of: "layer.0.brain")
        #expect(brain == [0, 1, -3.140625, Float(bitPattern: 0x0001_0000), Float(bitPattern: 0x7F7F_0000)])
    }

    @Test func namesTheTensorThatIsMissingOrOfTheWrongKind() throws {
        let file = try SafeTensorsFile(path: reference)
        func message(_ body: () throws -> Void) -> String {
            "\(#expect(throws: SafeTensorsError.self, performing: body)!)".replacingOccurrences(of: reference, with: "F")
        }
        #expect(message { _ = try file.bytes(of: "head") } == "F: tensor \"head\": missing from the file, which holds 10 tensors")
        #expect(message { _ = try file.floats(of: "ids") }
            == "F: tensor \"ids\": dtype I64 where F32, F16, BF16 or F64 is wanted")
    }

    @Test func writesByteForByteWhatTheReferenceWrites() throws {
        let file = try SafeTensorsFile(path: reference)
        let outputs = try file.entries.reversed().map {
            SafeTensorsOutput(name: $0.name, dtype: $0.dtype, shape: $0.shape, bytes: try file.bytes(of: $0.name))
        }
        try SafeTensorsWriter.write(to: folder("copy.safetensors"), tensors: outputs, metadata: ["format": "pt"])
        #expect(try FileContents.read(folder("copy.safetensors")) == FileContents.read(reference))
    }

    @Test func writerRefusesWhatCannotBeRead() throws {
        let floats: [Float] = [1, 2]
        floats.withUnsafeBytes { bytes in
            let tensor = SafeTensorsOutput(name: "a", dtype: .float32, shape: [2], bytes: bytes)
            let lying = SafeTensorsOutput(name: "b", dtype: .float32, shape: [3], bytes: bytes)
            let path = folder("x.safetensors")
            #expect(throws: SafeTensorsError(file: path, tensor: "b", message: "shape [3] of F32 needs 12 bytes, 8 are given")) {
                try SafeTensorsWriter.write(to: path, tensors: [tensor, lying])
            }
            #expect(throws: SafeTensorsError(file: path, tensor: "a", message: "the name is taken")) {
                try SafeTensorsWriter.write(to: path, tensors: [tensor, tensor])
            }
        }
        #expect(folder.entries.isEmpty)
    }
}
