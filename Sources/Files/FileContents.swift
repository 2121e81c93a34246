import Glibc

/// Reading a whole file.
public enum FileContents {
    /// Whether `path` leads to something that is not a folder.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
    }

    /// The bytes of a file (or of a pipe). Throws `FileError` naming the path.
    public static func read(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("cannot read", path: path, code: errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileError("cannot read", path: path, code: errno) }
        if status.st_mode & S_IFMT == S_IFDIR { throw FileError("cannot read", path: path, code: EISDIR) }

        // One byte more than the file's size, so that the end is seen without growing the buffer.
        var bytes: [UInt8] = []
        var capacity = max(Int(status.st_size), 0) + 1
        while true {
            let filled = bytes.count
            var failure: Int32 = 0
            let grown = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
                count = filled
                while count < capacity {
                    let got = Glibc.read(descriptor, buffer.baseAddress! + count, capacity - count)
                    if got > 0 { count += got; continue }
                    if got < 0 && errno == EINTR { continue }
                    if got < 0 { failure = errno }
                    break
                }
            }
            if failure != 0 { throw FileError("cannot read", path: path, code: failure) }
            bytes = grown
            if bytes.count < capacity { return bytes }
            capacity = max(capacity * 2, 65_536)
        }
    }
}
