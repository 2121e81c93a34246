import Glibc

/// The lines typed in earlier runs: a text file with one line each, oldest first. Several prompts may append to it.
///
/// What is not a regular file is left alone: a pipe would let the prompt wait for ever.
public struct HistoryFile {
    public let path: String
    private let limit: Int

    /// Bytes that are read of a file, from its end: more than any sensible limit of lines.
    private static let mostBytes = 4 << 20

    /// - Parameter limit: lines kept; a file with more than twice as many is cut when it is read.
    public init(path: String, limit: Int = 1000) {
        self.path = path
        self.limit = limit
    }

    /// The file of a program in the user's state folder, nil if there is no home.
    public static func standard(program: String, environment: [String: String]) -> HistoryFile? {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return HistoryFile(path: "\(state)/\(program)/history")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return HistoryFile(path: "\(home)/.local/state/\(program)/history")
    }

    /// The newest lines. An unreadable file is an empty one. Invalid UTF-8 becomes U+FFFD.
    public func read() -> [String] {
        guard let (descriptor, size) = Self.open(path, O_RDONLY) else { return [] }
        defer { close(descriptor) }
        let start = max(0, size - Self.mostBytes)
        var bytes = [UInt8](repeating: 0, count: size - start), filled = 0
        while filled < bytes.count {
            let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress! + filled, $0.count - filled, off_t(start + filled)) }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        var rest = bytes[..<filled]
        // The first line may have begun before.
        if start > 0 { rest = rest.drop { $0 != 10 }.dropFirst() }
        let lines = rest.split(separator: 10, omittingEmptySubsequences: false).map { line in
            String(decoding: line.last == 13 ? line.dropLast() : line, as: UTF8.self)
        }.dropLast(rest.isEmpty || rest.last == 10 ? 1 : 0)
        if lines.count > 2 * limit || start > 0 { rewrite(Array(lines.suffix(limit))) }
        return Array(lines.suffix(limit))
    }

    /// Adds a line. Failing to is no reason to disturb the user.
    public func append(_ line: String) {
        makeFolders()
        guard let (descriptor, _) = Self.open(path, O_WRONLY | O_APPEND | O_CREAT) else { return }
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }

    private func rewrite(_ lines: [String]) {
        let temporary = path + ".new"
        guard let (descriptor, _) = Self.open(temporary, O_WRONLY | O_CREAT | O_NOFOLLOW) else { return }
        let bytes = Array(lines.map { $0 + "\n" }.joined().utf8)
        let isComplete = ftruncate(descriptor, 0) == 0 && write(descriptor, bytes, bytes.count) == bytes.count
        if close(descriptor) == 0, isComplete { rename(temporary, path) } else { unlink(temporary) }
    }

    /// A descriptor and the size of a regular file; nil for anything else.
    private static func open(_ path: String, _ flags: Int32) -> (descriptor: Int32, size: Int)? {
        // Without O_NONBLOCK, opening a pipe waits for its other end.
        let descriptor = Glibc.open(path, flags | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            return nil
        }
        return (descriptor, Int(status.st_size))
    }

    private func makeFolders() {
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            mkdir(folder, 0o700)
        }
    }
}

/// The next line of a C stream without its newline, nil at the end. Invalid UTF-8 becomes U+FFFD.
func readTextLine(from file: UnsafeMutablePointer<FILE>) -> String? {
    var buffer: UnsafeMutablePointer<CChar>?
    var capacity = 0
    defer { free(buffer) }
    var count = getline(&buffer, &capacity, file)
    guard count > 0, let buffer else { return nil }
    if buffer[count - 1] == 10 { count -= 1 }
    if count > 0, buffer[count - 1] == 13 { count -= 1 }
    return buffer.withMemoryRebound(to: UInt8.self, capacity: count) {
        String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
    }
}
