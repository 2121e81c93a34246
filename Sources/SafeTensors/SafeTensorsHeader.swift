import JSON

/// What the header says of one tensor.
public struct SafeTensorsEntry: Equatable, Sendable {
    public let name: String
    public let dtype: SafeTensorsDType
    public let shape: [Int]
    /// Place of the first byte within the data, which begins after the header.
    let offset: Int
    /// Bytes of the whole tensor.
    public let byteCount: Int

    /// Number of elements.
    public var count: Int { byteCount / dtype.size }
}

/// The header of a safetensors file, checked against the file in every field.
struct SafeTensorsHeader {
    /// In the order of the header.
    let entries: [SafeTensorsEntry]
    let metadata: [String: String]
    /// Where in the file the data begins.
    let dataStart: Int

    /// The format's limit, in bytes.
    static let sizeLimit = 100_000_000
    /// More dimensions than any library's tensors have.
    private static let rankLimit = 64

    init(bytes: UnsafeRawBufferPointer, file: String) throws {
        func fault(_ message: String, tensor: String? = nil) -> SafeTensorsError {
            SafeTensorsError(file: file, tensor: tensor, message: message)
        }
        if let other = Self.nameOfOtherFormat(bytes) { throw fault(other) }
        guard bytes.count >= 8 else { throw fault("not a safetensors file: \(bytes.count) bytes cannot hold the header's length") }
        let announced = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
        guard announced <= UInt64(Self.sizeLimit) else {
            throw fault("not a safetensors file: a header of \(announced) bytes is beyond the format's limit of \(Self.sizeLimit)")
        }
        let length = Int(announced)
        guard length <= bytes.count - 8 else {
            throw fault("truncated: the header is \(length) bytes long, the file has \(bytes.count - 8) after the length")
        }
        dataStart = 8 + length

        let document: JSONValue
        do {
            document = try JSONValue.parse(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[8..<dataStart]), options: .init(rejectsDuplicateKeys: true))
        } catch let error as JSONError {
            throw fault("the header is not valid JSON: \(error)")
        }
        guard let members = document.asObject else { throw fault("the header is not a JSON object") }

        var entries: [SafeTensorsEntry] = []
        entries.reserveCapacity(members.count)
        var metadata: [String: String] = [:]
        for (name, value) in members {
            if name == "__metadata__" {
                guard let pairs = value.asObject else { throw fault("__metadata__ is not a JSON object") }
                for (key, value) in pairs {
                    guard let text = value.asString else { throw fault("the value of \"\(key)\" in __metadata__ is not a string") }
                    metadata[key] = text
                }
                continue
            }
            do {
                entries.append(try Self.entry(name, value))
            } catch let problem as Problem {
                throw fault(problem.message, tensor: name)
            }
        }
        self.entries = entries
        self.metadata = metadata

        // The format wants the tensors to follow one another from the first byte to the last.
        let dataCount = bytes.count - dataStart
        var end = 0
        for entry in entries.sorted(by: { ($0.offset, $0.byteCount) < ($1.offset, $1.byteCount) }) {
            if entry.offset < end {
                throw fault("begins at byte \(entry.offset), inside the tensor before it, which ends at \(end)", tensor: entry.name)
            }
            if entry.offset > end { throw fault("begins at byte \(entry.offset), which leaves a gap after byte \(end)", tensor: entry.name) }
            end = entry.offset + entry.byteCount
            if end > dataCount {
                throw fault("truncated: it ends at byte \(end) of the data, of which the file has \(dataCount)", tensor: entry.name)
            }
        }
        if end < dataCount { throw fault("\(dataCount - end) bytes at the end belong to no tensor") }
    }

    private struct Problem: Error { let message: String }

    private static func entry(_ name: String, _ value: JSONValue) throws -> SafeTensorsEntry {
        guard value.asObject != nil else { throw Problem(message: "its header entry is not a JSON object") }
        guard let dtypeName = value["dtype"]?.asString else { throw Problem(message: "its header entry has no dtype") }
        guard let dtype = SafeTensorsDType(rawValue: dtypeName) else {
            throw Problem(message: "dtype \"\(dtypeName)\" is not known; known are "
                + SafeTensorsDType.allCases.map(\.rawValue).joined(separator: ", "))
        }
        guard let shape = sizes(value["shape"]) else { throw Problem(message: "its shape is not a list of non-negative integers") }
        guard shape.count <= rankLimit else { throw Problem(message: "its shape has \(shape.count) dimensions, of which \(rankLimit) are possible") }
        guard let offsets = sizes(value["data_offsets"]), offsets.count == 2, offsets[0] <= offsets[1] else {
            throw Problem(message: "its data_offsets are not a begin and an end")
        }
        var needed = dtype.size
        for size in shape {
            let (product, overflow) = needed.multipliedReportingOverflow(by: size)
            if overflow { throw Problem(message: "its shape \(shape) is beyond any memory") }
            needed = product
        }
        guard needed == offsets[1] - offsets[0] else {
            throw Problem(message: "shape \(shape) of \(dtypeName) needs \(needed) bytes, its data_offsets \(offsets) hold "
                + "\(offsets[1] - offsets[0])")
        }
        return SafeTensorsEntry(name: name, dtype: dtype, shape: shape, offset: offsets[0], byteCount: needed)
    }

    private static func sizes(_ value: JSONValue?) -> [Int]? {
        guard let elements = value?.asArray else { return nil }
        var sizes: [Int] = []
        for element in elements {
            guard case .integer(let size) = element, size >= 0 else { return nil }
            sizes.append(Int(size))
        }
        return sizes
    }

    /// What people give instead of weights, and the remedy.
    private static func nameOfOtherFormat(_ bytes: UnsafeRawBufferPointer) -> String? {
        if bytes.starts(with: "version https://git-lfs".utf8) {
            return "a Git LFS pointer, not the weights themselves; run `git lfs pull` in its folder"
        }
        if bytes.starts(with: [0x50, 0x4B, 0x03, 0x04]) || bytes.starts(with: [0x80, 0x02]) {
            return "a pickled PyTorch file, which sentx does not read because it can run code; "
                + "save the model as safetensors in Python (save_pretrained with safe_serialization=True)"
        }
        return nil
    }
}
