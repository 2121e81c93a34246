import Files
import Kernels

/// A safetensors file, memory-mapped: opening reads the header and checks it against the file; a tensor's bytes are
/// loaded when they are touched.
///
/// The format: 8 bytes header length (little endian), the header as JSON, then the tensors' bytes without gaps.
public final class SafeTensorsFile {
    public let path: String
    /// The header's `__metadata__`, for example `format` = `pt`.
    public let metadata: [String: String]
    /// The tensors in the order of the header.
    public let entries: [SafeTensorsEntry]

    private let file: MappedFile
    private let dataStart: Int
    private let positions: [[UInt8]: Int]

    /// Opens a file. Throws `FileError` if it cannot be read and `SafeTensorsError` for anything wrong in it.
    public init(path: String) throws {
        self.path = path
        file = try MappedFile(path)
        let header = try SafeTensorsHeader(bytes: file.bytes, file: path)
        metadata = header.metadata
        entries = header.entries
        dataStart = header.dataStart
        // Keyed by bytes, since Swift holds canonically equivalent names for equal.
        positions = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { (Array($1.name.utf8), $0) })
    }

    /// The tensors' names in the order of the header.
    public var names: [String] { entries.map(\.name) }

    /// What the header says of a tensor, nil if the file has none of that name.
    public func entry(_ name: String) -> SafeTensorsEntry? { positions[Array(name.utf8)].map { entries[$0] } }

    /// A tensor's bytes, row by row. Valid while this object lives; not necessarily aligned to the element size.
    public func bytes(of name: String) throws -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(try mutableBytes(of: name))
    }

    /// The same bytes for writing, as training does: pages are copied when first written to, the file never changes.
    public func mutableBytes(of name: String) throws -> UnsafeMutableRawBufferPointer {
        let entry = try existing(name)
        let start = dataStart + entry.offset
        return UnsafeMutableRawBufferPointer(rebasing: file.mutableBytes[start..<start + entry.byteCount])
    }

    /// Copies a floating-point tensor as 32-bit floats: F32 as the file has it, F16 and BF16 widened, F64 rounded.
    ///
    /// - Parameter target: `entry(name)!.count` floats, overwritten.
    public func copyFloats(of name: String, into target: UnsafeMutableBufferPointer<Float>) throws {
        let entry = try existing(name)
        guard target.count == entry.count else {
            throw SafeTensorsError(file: path, tensor: name, message: "shape \(entry.shape) has \(entry.count) elements, \(target.count) are wanted")
        }
        guard [.float32, .float16, .bfloat16, .float64].contains(entry.dtype) else {
            throw SafeTensorsError(file: path, tensor: name, message: "dtype \(entry.dtype.rawValue) where F32, F16, BF16 or F64 is wanted")
        }
        guard let floats = target.baseAddress, entry.byteCount > 0 else { return }
        if entry.dtype == .float32 {
            let start = dataStart + entry.offset
            return try file.copy(start ..< start + entry.byteCount, to: floats)
        }
        guard let source = try bytes(of: name).baseAddress else { return }
        switch entry.dtype {
        case .float16: widenFloat16(source, count: entry.count, into: floats)
        case .bfloat16: widenBFloat16(source, count: entry.count, into: floats)
        default: narrowFloat64(source, count: entry.count, into: floats)
        }
    }

    /// A floating-point tensor as 32-bit floats, row by row; see `copyFloats`.
    public func floats(of name: String) throws -> [Float] {
        let count = try existing(name).count
        return try [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            try copyFloats(of: name, into: UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
            filled = count
        }
    }

    private func existing(_ name: String) throws -> SafeTensorsEntry {
        if let entry = entry(name) { return entry }
        throw SafeTensorsError(file: path, tensor: name, message: "missing from the file, which holds \(entries.count) tensors")
    }
}
