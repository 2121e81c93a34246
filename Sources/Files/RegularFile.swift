import Glibc

/// A regular file, open for reading.
///
/// Every file that is read or mapped goes through here. A device may have no end and a pipe may never say anything, so that whatever is
/// not a regular file is refused before a byte is asked for. Links are followed.
public final class RegularFile {
    /// As the caller named it.
    public let path: String
    /// Its length when it was opened.
    public let byteCount: Int
    let descriptor: Int32

    /// - Throws: `FileError` for what is not there, may not be read, or is a folder, a device, a pipe or a socket.
    public init(_ path: String) throws {
        func refuse(_ reason: String) -> FileError { FileError("cannot read", path: path, reason: reason) }
        if path.utf8.contains(0) { throw refuse("a path cannot hold a zero byte") }
        var status = stat()
        guard stat(path, &status) == 0 else { throw FileError("cannot read", path: path, code: errno) }
        if let kind = Self.otherKind(status.st_mode) { throw refuse(kind) }
        // The path may lead elsewhere by now: opening must not wait for a pipe's other end, and what was opened is looked at again.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw FileError("cannot read", path: path, code: errno) }
        guard fstat(descriptor, &status) == 0, Self.otherKind(status.st_mode) == nil else {
            close(descriptor)
            throw refuse(Self.otherKind(status.st_mode) ?? "it changed while it was opened")
        }
        self.path = path
        self.descriptor = descriptor
        byteCount = Int(status.st_size)
    }

    deinit { close(descriptor) }

    /// Reads on from where the last read ended: at most `capacity` bytes, 0 at the end of the file.
    func read(into target: UnsafeMutableRawPointer, capacity: Int) throws -> Int {
        while true {
            let count = Glibc.read(descriptor, target, capacity)
            if count >= 0 { return count }
            if errno != EINTR { throw FileError("cannot read", path: path, code: errno) }
        }
    }

    /// What something that is no regular file is; nil for one.
    private static func otherKind(_ mode: mode_t) -> String? {
        switch mode & S_IFMT {
        case S_IFREG: return nil
        case S_IFDIR: return String(cString: strerror(EISDIR))
        case S_IFIFO: return "it is a pipe; only regular files are read, so write its content to a file first"
        case S_IFSOCK: return "it is a socket; only regular files are read"
        default: return "it is a device; only regular files are read"
        }
    }
}
