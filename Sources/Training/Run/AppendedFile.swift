import Files
import Glibc

/// Text files that only ever grow.
enum AppendedFile {
    /// Opens `path` for appending; makes it and its folders where missing.
    /// - Throws: ``FileError`` with the system's reason.
    static func open(_ path: String) throws -> Int32 {
        try Folder.create(Path.parent(of: path))
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw FileError("cannot write", path: path, code: errno) }
        return descriptor
    }

    /// Marks the file as written by this process.
    /// - Returns: the process that has marked it before and runs still; nil if there is none.
    static func mark(_ descriptor: Int32) -> pid_t? {
        var wanted = flock()
        wanted.l_type = Int16(F_WRLCK)
        wanted.l_whence = Int16(SEEK_SET)
        if fcntl(descriptor, F_SETLK, &wanted) == 0 { return nil }
        guard fcntl(descriptor, F_GETLK, &wanted) == 0, wanted.l_type != Int16(F_UNLCK) else { return nil }
        return wanted.l_pid
    }

    /// Adds `text` to an open file. A full disk loses log lines, not the run, which says so and does not end as a success.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return ProgramOutput.lost("a log file", code: errno) }
            bytes = bytes.dropFirst(written)
        }
    }
}
