import Glibc

/// Small files in which the system says what a process may use.
enum SystemFile {
    /// The text of a file, or nil if it cannot be read. Longer ones than 64 KiB are cut.
    static func text(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10), length = 0
        while length < bytes.count {
            let room = bytes.count - length
            let count = bytes.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + length, room) }
            if count <= 0 { break }
            length += count
        }
        return String(decoding: bytes[..<length], as: UTF8.self)
    }

    /// The first number behind `key` in lines such as `MemAvailable:   1024 kB`.
    static func number(_ key: String, in text: String) -> Int? {
        for line in text.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            if words.count > 1, words[0] == key { return Int(words[1]) }
        }
        return nil
    }
}
