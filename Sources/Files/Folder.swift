import Glibc

/// Folders: making, listing, removing.
public enum Folder {
    /// Whether a folder (or a link to one) stands at this path.
    public static func exists(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// Makes a folder and those above it; one that exists is fine.
    public static func create(_ path: String) throws {
        if path.isEmpty || exists(path) { return }
        if mkdir(path, 0o777) == 0 { return }
        let code = errno
        let parent = Path.parent(of: path)
        if code == ENOENT && parent != path && !exists(parent) {
            try create(parent)
            if mkdir(path, 0o777) == 0 { return }
        }
        if exists(path) { return }
        throw FileError("cannot create folder", path: path, code: code)
    }

    /// The names in a folder, sorted by their bytes.
    public static func entries(_ path: String) throws -> [String] {
        guard let folder = opendir(path) else { throw FileError("cannot list folder", path: path, code: errno) }
        defer { closedir(folder) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(folder) else {
                if errno != 0 { throw FileError("cannot list folder", path: path, code: errno) }
                return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
            }
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
    }

    /// Removes a file, a link, or a folder with all it holds. What is not there is fine. Links are not followed.
    public static func remove(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else {
            if errno == ENOENT { return }
            throw FileError("cannot remove", path: path, code: errno)
        }
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try entries(path) { try remove(Path.join(path, name)) }
            if rmdir(path) != 0 { throw FileError("cannot remove", path: path, code: errno) }
        } else if unlink(path) != 0 && errno != ENOENT {
            throw FileError("cannot remove", path: path, code: errno)
        }
    }

    /// Asks the system to put a file's or a folder's content on the disk.
    static func flush(_ path: String) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileError("cannot write", path: path, code: errno) }
        defer { close(descriptor) }
        // Some file systems cannot flush folders and say so; there is nothing more to do then.
        if fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS {
            throw FileError("cannot write", path: path, code: errno)
        }
    }
}
