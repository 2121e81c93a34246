import Glibc

/// The lines typed in earlier runs: a text file with one line each, oldest first. Several prompts may append to it.
public struct HistoryFile {
    public let path: String
    private let limit: Int

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

    /// The newest lines. An unreadable file is an empty one.
    public func read() -> [String] {
        guard let file = fopen(path, "r") else { return [] }
        defer { fclose(file) }
        var lines: [String] = []
        while let line = readTextLine(from: file) { lines.append(line) }
        if lines.count > 2 * limit { rewrite(Array(lines.suffix(limit))) }
        return Array(lines.suffix(limit))
    }

    /// Adds a line. Failing to is no reason to disturb the user.
    public func append(_ line: String) {
        makeFolders()
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let bytes = Array((line + "\n").utf8)
        _ = write(descriptor, bytes, bytes.count)
    }

    private func rewrite(_ lines: [String]) {
        let temporary = path + ".new"
        guard let file = fopen(temporary, "w") else { return }
        for line in lines { fputs(line + "\n", file) }
        let isComplete = ferror(file) == 0
        if fclose(file) == 0, isComplete { rename(temporary, path) } else { unlink(temporary) }
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
