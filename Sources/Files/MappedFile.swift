import Glibc

/// A file's bytes in memory without reading them; the system loads what is touched. What is written to them stays in
/// this program: a page is copied when it is first written to, and the file never changes.
public final class MappedFile {
    public let path: String
    /// Valid while this object lives. Another program that shortens the file meanwhile ends this one, so files are
    /// replaced by renaming, never rewritten in place.
    public var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(mutableBytes) }
    /// The same bytes for writing to this program's own copy.
    public let mutableBytes: UnsafeMutableRawBufferPointer

    public init(_ path: String) throws {
        self.path = path
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("cannot read", path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("cannot read", path: path, code: errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw FileError("cannot read", path: path, code: EISDIR)
        default: throw FileError("cannot read", path: path, reason: "not a regular file")
        }
        let size = Int(status.st_size)
        if size == 0 {
            mutableBytes = UnsafeMutableRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, descriptor, 0), start != MAP_FAILED else {
            throw FileError("cannot read", path: path, code: errno)
        }
        mutableBytes = UnsafeMutableRawBufferPointer(start: start, count: size)
    }

    deinit {
        if let start = mutableBytes.baseAddress { munmap(start, mutableBytes.count) }
    }
}
