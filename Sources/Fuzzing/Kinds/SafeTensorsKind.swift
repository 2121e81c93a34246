import Files
import JSON
import SafeTensors

/// Files of tensors.
final class SafeTensorsKind: FuzzKind {
    static let name = "safetensors"
    static let summary = "safetensors files"

    private let workspace: String

    init(workspace: String) { self.workspace = workspace }

    func seeds() throws -> [[UInt8]] {
        let path = Path.join(workspace, "seed.safetensors")
        let values = (0..<24).map { UInt8($0 * 7) }
        let files: [[(String, SafeTensorsDType, [Int])]] = [
            [("weight", .float32, [2, 3])], [("a", .float16, [3, 4]), ("b", .int64, [3]), ("c", .uint8, [24])], [("empty", .float32, [0, 5]), ("scalar", .float32, [])], [],
        ]
        return try files.map { tensors in
            try values.withUnsafeBytes { raw in
                try SafeTensorsWriter.write(to: path, tensors: tensors.map { name, type, shape in
                    SafeTensorsOutput(name: name, dtype: type, shape: shape,
                                      bytes: UnsafeRawBufferPointer(rebasing: raw[0..<shape.reduce(type.size, *)]))
                }, metadata: ["format": "pt"])
            }
            return try FileContents.read(path)
        }
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] { SafeTensorsMutation.mutated(input, &random) }

    func attempt(_ input: [UInt8]) throws {
        let path = Path.join(workspace, "file.safetensors")
        try PlainFile.write(input, to: path)
        let file = try SafeTensorsFile(path: path)
        var outputs: [SafeTensorsOutput] = []
        for name in file.names {
            guard let entry = file.entry(name) else { throw WrongAnswer("a name without a tensor: \(name)") }
            let bytes = try file.bytes(of: name)
            guard bytes.count == entry.byteCount else { throw WrongAnswer("\(bytes.count) bytes of \(entry.byteCount)") }
            if let floats = try? file.floats(of: name), floats.count != entry.count { throw WrongAnswer("\(floats.count) numbers of \(entry.count)") }
            outputs.append(SafeTensorsOutput(name: name, dtype: entry.dtype, shape: entry.shape, bytes: bytes))
        }
        let copy = Path.join(workspace, "copy.safetensors")
        try SafeTensorsWriter.write(to: copy, tensors: outputs, metadata: file.metadata)
        let again: SafeTensorsFile
        do { again = try SafeTensorsFile(path: copy) } catch { throw WrongAnswer("what was written is refused: \(error)") }
        guard again.metadata == file.metadata, Set(again.names) == Set(file.names) else { throw WrongAnswer("what was written reads as something else") }
        for name in file.names where try !again.bytes(of: name).elementsEqual(file.bytes(of: name)) { throw WrongAnswer("tensor \(name) was written wrongly") }
    }
}

/// Changes of safetensors files: of the header as JSON with a length that fits, or of the bytes.
enum SafeTensorsMutation {
    private static let words = ["dtype", "shape", "data_offsets", "__metadata__", "F32", "F16", "BF16", "I64", "U8", "BOOL", "F64", "F8_E4M3"]

    static func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        guard input.count > 8, !random.once(in: 3) else { return ByteMutation.mutated(input, words: words, &random) }
        let length = input.prefix(8).enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
        let end = 8 + Int(min(length, UInt64(input.count - 8)))
        let header = JSONMutation.mutated(Array(input[8..<end]), words: words, &random)
        let count = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
        return count + header + input[end...]
    }
}
