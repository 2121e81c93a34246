import Glibc

/// A file's bytes in memory without reading them; the system loads what is touched. What is written to them stays in
/// this program: a page is copied when it is first written to, and the file never changes.
public final class MappedFile {
    public var path: String { file.path }
    /// Valid while this object lives. Another program that shortens the file meanwhile ends this one with a line that names it, so
    /// files are replaced by renaming, never rewritten in place.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }
    /// The same bytes for writing to this program's own copy.
    public let mutableBytes: UnsafeMutableRawBufferPointer

    private let file: RegularFile

    /// - Throws: `FileError` for what is no regular file, or what there is no room for in the program's addresses.
    public init(_ path: String) throws {
        file = try RegularFile(path)
        guard file.byteCount > 0 else {
            mutableBytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, file.byteCount, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, file.descriptor, 0), start != MAP_FAILED else {
            throw FileError("cannot read", path: path, code: errno)
        }
        mutableBytes = UnsafeMutableRawBufferPointer(start: start, count: file.byteCount)
        MappedRanges.add(mutableBytes, path)
    }

    deinit {
        MappedRanges.remove(mutableBytes)
        if let start = mutableBytes.baseAddress { munmap(start, mutableBytes.count) }
    }

    /// Copies bytes as the file has them. What is read through ``bytes`` stays in memory beside the copy; this does not.
    /// - Parameter target: as many bytes as `range` has, overwritten.
    public func copy(_ range: Range<Int>, to target: UnsafeMutableRawPointer) throws {
        var done = 0
        while done < range.count {
            let count = pread(file.descriptor, target + done, range.count - done, off_t(range.lowerBound + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError("cannot read", path: path, code: errno) }
            guard count > 0 else { throw FileError("cannot read", path: path, reason: "it has become shorter") }
            done += count
        }
    }
}
