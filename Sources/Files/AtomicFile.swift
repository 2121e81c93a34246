import Glibc

/// Writes a file so that its path holds, at every moment, the old content or all of the new.
///
/// The bytes go to a temporary name in the same folder, are flushed to the disk, and take the place of the file in one
/// rename. When something fails (a full disk, say), the temporary is removed and the old file is untouched.
/// The folder is made if it is missing; a link at the path is followed.
public final class AtomicFile {
    private let path: String
    private let temporary: String
    private var descriptor: Int32
    private var pending: [UInt8] = []

    private static let pendingLimit = 1 << 16

    /// Begins a file. Nothing is seen at `path` until `commit`.
    public init(_ path: String) throws {
        self.path = path
        let target = Self.resolvingLink(path)
        if Folder.exists(target) { throw FileError("cannot write", path: path, code: EISDIR) }
        try Folder.create(Path.parent(of: target))
        TemporaryName.removeAbandoned(beside: target)
        temporary = TemporaryName.beside(target)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError("cannot write", path: path, code: errno) }
    }

    deinit { discard() }

    /// Appends bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) throws {
        if pending.count + bytes.count > Self.pendingLimit { try flushPending() }
        if bytes.count >= Self.pendingLimit {
            try writeOut(bytes)
        } else {
            pending.append(contentsOf: bytes)
        }
    }

    /// Appends a text in UTF-8.
    public func append(_ text: String) throws {
        var text = text
        try text.withUTF8 { try append(UnsafeRawBufferPointer($0)) }
    }

    /// Puts the finished file in its place. Throws `FileError` if the disk did not take it; the old file then stays.
    public func commit() throws {
        try flushPending()
        let target = Self.resolvingLink(path)
        guard fsync(descriptor) == 0, close(descriptor) == 0 else { throw failure() }
        descriptor = -1
        guard rename(temporary, target) == 0 else {
            let code = errno
            unlink(temporary)
            throw FileError("cannot write", path: path, code: code)
        }
        try Folder.flush(Path.parent(of: target))
    }

    /// Writes a whole file.
    public static func write(_ bytes: UnsafeRawBufferPointer, to path: String) throws {
        let file = try AtomicFile(path)
        try file.append(bytes)
        try file.commit()
    }

    /// Writes a whole file.
    public static func write(_ bytes: [UInt8], to path: String) throws {
        try bytes.withUnsafeBytes { try write($0, to: path) }
    }

    /// Writes a whole text file in UTF-8.
    public static func write(_ text: String, to path: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0), to: path) }
    }

    private func flushPending() throws {
        try pending.withUnsafeBytes { try writeOut($0) }
        pending.removeAll(keepingCapacity: true)
    }

    private func writeOut(_ bytes: UnsafeRawBufferPointer) throws {
        var written = 0
        while written < bytes.count {
            let result = Glibc.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
            if result >= 0 {
                written += result
            } else if errno != EINTR {
                throw failure()
            }
        }
    }

    /// The system's reason of now, after the temporary is gone.
    private func failure() -> FileError {
        let code = errno
        discard()
        return FileError("cannot write", path: path, code: code)
    }

    private func discard() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(temporary)
        descriptor = -1
    }

    private static func resolvingLink(_ path: String) -> String {
        guard let real = realpath(path, nil) else { return path }
        defer { free(real) }
        return String(cString: real)
    }
}
