import Glibc

/// A file's bytes in memory without reading them; the system loads what is touched. What is written to them stays in
/// this program: a page is copied when it is first written to, and the file never changes.
public final class MappedFile {
    public let path: String
    /// Valid while this object lives. Another program that shortens the file meanwhile ends this one with a line that names it, so
    /// files are replaced by renaming, never rewritten in place.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }
    /// The same bytes for writing to this program's own copy.
    public let mutableBytes: UnsafeMutableRawBufferPointer

    private let descriptor: Int32

    public init(_ path: String) throws {
        self.path = path
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("cannot read", path: path, code: errno) }
        do {
            mutableBytes = try Self.map(descriptor, path)
        } catch {
            close(descriptor)
            throw error
        }
        MappedRanges.add(mutableBytes, path)
    }

    deinit {
        MappedRanges.remove(mutableBytes)
        if let start = mutableBytes.baseAddress { munmap(start, mutableBytes.count) }
        close(descriptor)
    }

    /// Copies bytes as the file has them. What is read through ``bytes`` stays in memory beside the copy; this does not.
    /// - Parameter target: as many bytes as `range` has, overwritten.
    public func copy(_ range: Range<Int>, to target: UnsafeMutableRawPointer) throws {
        var done = 0
        while done < range.count {
            let count = pread(descriptor, target + done, range.count - done, off_t(range.lowerBound + done))
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError("cannot read", path: path, code: errno) }
            guard count > 0 else { throw FileError("cannot read", path: path, reason: "it has become shorter") }
            done += count
        }
    }

    private static func map(_ descriptor: Int32, _ path: String) throws -> UnsafeMutableRawBufferPointer {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("cannot read", path: path, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError("cannot read", path: path, code: EISDIR)
        default: throw FileError("cannot read", path: path, reason: "not a regular file")
        }
        let size = Int(status.st_size)
        if size == 0 { return UnsafeMutableRawBufferPointer(start: nil, count: 0) }
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0), start != MAP_FAILED else {
            throw FileError("cannot read", path: path, code: errno)
        }
        return UnsafeMutableRawBufferPointer(start: start, count: size)
    }
}
