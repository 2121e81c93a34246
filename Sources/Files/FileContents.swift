import Glibc

/// Reading a whole file.
public enum FileContents {
    /// The most bytes of a configuration, a tokenizer or another file that is described by its format as small: 100 MB. The largest
    /// tokenizers that are in use have a third of that.
    public static let sizeLimit = 100_000_000

    /// Whether anything stands at `path`: a file, a folder, or a link that leads nowhere. Reading says what is wrong with it, so that only
    /// what is really absent counts as absent.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 || (errno != ENOENT && errno != ENOTDIR)
    }

    /// The bytes of a regular file.
    /// - Parameter limit: the most bytes that are read.
    /// - Throws: `FileError` naming the path, for longer files too.
    public static func read(_ path: String, limit: Int = sizeLimit) throws -> [UInt8] {
        let file = try FileBytes(path, limit: limit)
        return Array(file.bytes)
    }

    /// The first bytes of a regular file, fewer where it is shorter.
    public static func beginning(of path: String, count: Int) throws -> [UInt8] {
        let file = try RegularFile(path)
        var bytes = [UInt8](repeating: 0, count: count), filled = 0
        try bytes.withUnsafeMutableBytes { buffer in
            while filled < count {
                let got = try file.read(into: buffer.baseAddress! + filled, capacity: count - filled)
                if got == 0 { break }
                filled += got
            }
        }
        bytes.removeLast(count - filled)
        return bytes
    }
}
