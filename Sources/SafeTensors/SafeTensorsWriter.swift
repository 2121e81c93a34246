import Files
import JSON

/// A tensor to be written.
public struct SafeTensorsOutput {
    public let name: String
    public let dtype: SafeTensorsDType
    public let shape: [Int]
    /// The elements row by row, `shape` times the element size; only read while writing.
    public let bytes: UnsafeRawBufferPointer

    public init(name: String, dtype: SafeTensorsDType, shape: [Int], bytes: UnsafeRawBufferPointer) {
        self.name = name
        self.dtype = dtype
        self.shape = shape
        self.bytes = bytes
    }
}

/// Writes safetensors files, byte for byte as the format's own library does.
public enum SafeTensorsWriter {
    /// Writes a file in one step: a failure (a full disk, say) leaves the old file, if any, and nothing else.
    ///
    /// Tensors are laid out by element type, widest first, then by name, so that every one is aligned.
    /// - Parameter metadata: written as `__metadata__`; other libraries expect `format` = `pt` for model weights.
    public static func write(to path: String, tensors: [SafeTensorsOutput], metadata: [String: String] = [:]) throws {
        let rank = Dictionary(uniqueKeysWithValues: SafeTensorsDType.allCases.enumerated().map { ($1, $0) })
        let ordered = tensors.sorted {
            $0.dtype == $1.dtype ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : rank[$0.dtype]! > rank[$1.dtype]!
        }
        var header = JSONObject()
        if !metadata.isEmpty {
            header["__metadata__"] = .object(JSONObject(metadata.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }))
        }
        var offset = 0
        for tensor in ordered {
            func fault(_ message: String) -> SafeTensorsError { SafeTensorsError(file: path, tensor: tensor.name, message: message) }
            guard header[tensor.name] == nil, tensor.name != "__metadata__" else { throw fault("the name is taken") }
            let needed = tensor.shape.reduce(tensor.dtype.size, *)
            guard needed == tensor.bytes.count else {
                throw fault("shape \(tensor.shape) of \(tensor.dtype.rawValue) needs \(needed) bytes, \(tensor.bytes.count) are given")
            }
            header[tensor.name] = [
                "dtype": .string(tensor.dtype.rawValue), "shape": .array(tensor.shape.map { .integer(Int64($0)) }),
                "data_offsets": [.integer(Int64(offset)), .integer(Int64(offset + needed))],
            ]
            offset += needed
        }
        // Spaces after the header let the data begin at a multiple of 8.
        var text = Array(JSONValue.object(header).serialized().utf8)
        while text.count % 8 != 0 { text.append(UInt8(ascii: " ")) }

        let file = try AtomicFile(path)
        try withUnsafeBytes(of: UInt64(text.count).littleEndian) { try file.append($0) }
        try text.withUnsafeBytes { try file.append($0) }
        for tensor in ordered { try file.append(tensor.bytes) }
        try file.commit()
    }
}
