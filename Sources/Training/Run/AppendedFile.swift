import Glibc

/// Text files that only ever grow.
enum AppendedFile {
    /// Opens `path` for appending; makes it and its folders where missing.
    /// - Throws: ``TrainingError`` with the system's reason.
    static func open(_ path: String) throws -> Int32 {
        if let slash = path.lastIndex(of: "/"), slash != path.startIndex { try makeFolders(String(path[..<slash])) }
        let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        if descriptor < 0 { throw TrainingError("cannot write to \(path): \(String(cString: strerror(errno)))") }
        return descriptor
    }

    /// Adds `text` to an open file. A full disk loses log lines, not the run.
    static func write(_ text: String, to descriptor: Int32) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            if written <= 0 { return }
            bytes = bytes.dropFirst(written)
        }
    }

    /// Makes `folder` and those above it.
    static func makeFolders(_ folder: String) throws {
        var path = folder.hasPrefix("/") ? "/" : ""
        for part in folder.split(separator: "/") {
            path += part + "/"
            if mkdir(path, 0o755) != 0 && errno != EEXIST {
                throw TrainingError("cannot make the folder \(path): \(String(cString: strerror(errno)))")
            }
        }
    }
}
