import Files
import Glibc

/// Copies of folders.
enum FolderCopy {
    /// The files in a folder and its folders, by their names relative to it, in order.
    static func files(in folder: String, prefix: String = "") throws -> [String] {
        try Folder.entries(folder).flatMap { name -> [String] in
            let path = Path.join(folder, name)
            return Folder.exists(path) ? try files(in: path, prefix: prefix + name + "/") : [prefix + name]
        }
    }

    /// Files are shared where the file system can: who replaces one in the copy does not change the other.
    static func copy(_ source: String, to target: String) throws {
        try Folder.create(target)
        for name in try files(in: source) {
            let path = Path.join(target, name)
            try Folder.create(Path.parent(of: path))
            if link(Path.join(source, name), path) != 0 { try PlainFile.write(FileContents.read(Path.join(source, name)), to: path) }
        }
    }
}

/// Files that need not outlive the machine: written without waiting for the disk.
enum PlainFile {
    /// What is at `path` is replaced; other names of the old file keep it.
    static func write(_ bytes: [UInt8], to path: String) throws {
        unlink(path)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw FileError("cannot write", path: path, code: errno) }
        defer { close(descriptor) }
        var start = 0
        while start < bytes.count {
            let written = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + start, bytes.count - start) }
            guard written > 0 else { throw FileError("cannot write", path: path, code: errno) }
            start += written
        }
    }
}
