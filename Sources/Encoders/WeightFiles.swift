import Files
import JSON
import SafeTensors
import Tensors

/// The safetensors files of a model folder, memory-mapped: one `model.safetensors`, or shards under an index.
final class WeightFiles {
    /// What errors name.
    let path: String
    private var fileOfName: [String: SafeTensorsFile] = [:]

    /// - Throws: ``ModelError`` if there is none (with the way to convert pickled weights), if one is damaged, or if the index lies.
    init(folder: String) throws {
        let single = Path.join(folder, "model.safetensors")
        let index = Path.join(folder, "model.safetensors.index.json")
        if FileContents.exists(single) {
            path = single
            let file = try Self.open(single)
            for name in file.names { fileOfName[name] = file }
        } else if FileContents.exists(index) {
            path = index
            try readShards(folder: folder)
        } else {
            throw Self.missing(in: folder)
        }
    }

    /// The files of a folder; nil if it holds none. What is there and damaged is an error.
    static func ifPresent(folder: String) throws -> WeightFiles? {
        let names = ["model.safetensors", "model.safetensors.index.json"]
        return names.contains { FileContents.exists(Path.join(folder, $0)) } ? try WeightFiles(folder: folder) : nil
    }

    var names: [String] { Array(fileOfName.keys) }

    func contains(_ name: String) -> Bool { fileOfName[name] != nil }

    /// A tensor as float32. One that is stored so is mapped, and a page is copied when it is first written to; other
    /// floating-point types are converted.
    /// - Throws: ``ModelError`` if it is missing or of another shape.
    func tensor(_ name: String, shape: [Int]) throws -> Tensor {
        let file = try checked(name, shape: shape)
        if file.entry(name)!.dtype == .float32 {
            let bytes = try file.mutableBytes(of: name)
            if let start = bytes.baseAddress, UInt(bitPattern: start) % UInt(MemoryLayout<Float>.alignment) == 0 {
                return Tensor(storage: Storage(borrowing: start, byteCount: bytes.count, owner: file), shape: shape, dtype: .float32)
            }
        }
        let tensor = Tensor(uninitialized: shape)
        try copy(name, shape: shape, to: tensor)
        return tensor
    }

    /// Tensors of one shape as views of one storage, one below the other.
    /// - Throws: ``ModelError`` if one is missing or of another shape, before memory is taken.
    func stack(_ names: [String], shape: [Int]) throws -> [Tensor] {
        for name in names { _ = try checked(name, shape: shape) }
        let count = shape.reduce(1, *)
        let storage = Storage(byteCount: names.count * count * MemoryLayout<Float>.stride)
        return try names.enumerated().map { index, name in
            let tensor = Tensor(storage: storage, shape: shape, offset: index * count, dtype: .float32)
            try copy(name, shape: shape, to: tensor)
            return tensor
        }
    }

    /// A tensor of whole numbers, int64 or int32.
    /// - Throws: ``ModelError`` if it is missing, of another shape or of another type.
    func integers(_ name: String, shape: [Int]) throws -> [Int] {
        let file = try checked(name, shape: shape)
        let bytes = try file.bytes(of: name)
        switch file.entry(name)!.dtype {
        case .int64: return (0 ..< bytes.count / 8).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self)) }
        case .int32: return (0 ..< bytes.count / 4).map { Int(bytes.loadUnaligned(fromByteOffset: $0 * 4, as: Int32.self)) }
        default: throw ModelError("\(file.path): tensor \"\(name)\" is \(file.entry(name)!.dtype); whole numbers are wanted")
        }
    }

    /// The shape of a tensor, nil if it is missing.
    func shape(of name: String) -> [Int]? { fileOfName[name]?.entry(name)?.shape }

    private func copy(_ name: String, shape: [Int], to tensor: Tensor) throws {
        let file = try checked(name, shape: shape)
        do {
            try file.copyFloats(of: name, into: UnsafeMutableBufferPointer(start: tensor.floats, count: tensor.count))
        } catch {
            throw ModelError("\(error)")
        }
    }

    private func checked(_ name: String, shape: [Int]) throws -> SafeTensorsFile {
        guard let file = fileOfName[name], let entry = file.entry(name) else {
            throw ModelError("\(path): tensor \"\(name)\" is missing; config.json asks for it with shape \(shape)")
        }
        guard entry.shape == shape else {
            throw ModelError("\(file.path): tensor \"\(name)\" has shape \(entry.shape); config.json asks for \(shape)")
        }
        return file
    }

    private func readShards(folder: String) throws {
        guard let map = try ConfigurationFile(path: path).object["weight_map"]?.asObject else {
            throw ModelError("\(path): weight_map: an object of tensor names and files is wanted")
        }
        var opened: [String: SafeTensorsFile] = [:]
        for (name, value) in map {
            guard let shard = value.asString, !shard.contains("/"), !["", ".", ".."].contains(shard) else {
                throw ModelError("\(path): weight_map: \"\(name)\": the name of a file in the same folder is wanted")
            }
            let file = try opened[shard] ?? Self.open(Path.join(folder, shard))
            opened[shard] = file
            guard file.entry(name) != nil else {
                throw ModelError("\(path): weight_map places \"\(name)\" in \(shard), which does not hold it")
            }
            fileOfName[name] = file
        }
    }

    private static func open(_ path: String) throws -> SafeTensorsFile {
        do { return try SafeTensorsFile(path: path) } catch { throw ModelError("\(error)") }
    }

    private static func missing(in folder: String) -> ModelError {
        let entries = (try? Folder.entries(folder)) ?? []
        let pickles = entries.filter { ($0.hasPrefix("pytorch_model") && $0.hasSuffix(".bin")) || $0 == "model.pt" }.sorted()
        guard let pickle = pickles.first else {
            return ModelError("\(folder): no model.safetensors and no model.safetensors.index.json; the folder holds no weights")
        }
        return ModelError("""
            \(folder): holds only pickled weights (\(pickle)), which can run any program when they are read, so sentx does not. \
            Convert them once, where you trust the file: python -c "from transformers import AutoModel; \
            AutoModel.from_pretrained('\(folder)').save_pretrained('\(folder)')"
            """)
    }
}
