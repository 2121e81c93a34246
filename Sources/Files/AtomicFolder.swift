import CFiles
import Glibc

/// Replaces a folder so that its path holds, at every moment, the old folder or all of the new one.
public enum AtomicFolder {
    /// Fills a temporary folder beside `folder`, flushes it to the disk and lets it take the folder's place.
    ///
    /// Where the file system can exchange two names in one step, a kill at any moment leaves the old or the new folder.
    /// Where it cannot, the old folder steps aside under a temporary name for the length of one rename.
    /// If `fill` or the disk fails, the temporary folder is removed and the old one is untouched.
    ///
    /// - Parameters:
    ///   - keepsOtherEntries: files and folders of the old folder that the new one does not have are carried over (as
    ///     hard links, which cost no space), so that saving a model never removes what a user put beside it.
    ///   - leavingOut: paths below the folder that are not carried over.
    ///   - fill: writes the content; its argument is the temporary folder.
    public static func replace(_ folder: String, keepsOtherEntries: Bool = true, leavingOut: Set<String> = [], fill: (String) throws -> Void) throws {
        let target = try checkedTarget(folder)
        try Folder.create(Path.parent(of: target))
        TemporaryName.removeAbandoned(beside: target)
        let temporary = TemporaryName.beside(target)
        guard mkdir(temporary, 0o777) == 0 else { throw FileError("cannot write folder", path: folder, code: errno) }
        do {
            try fill(temporary)
            if keepsOtherEntries && Folder.exists(target) { try carryOver(from: target, to: temporary, except: leavingOut) }
            try flushAll(temporary)
            try exchange(temporary, target, named: folder)
        } catch {
            try? Folder.remove(temporary)
            throw error
        }
        try Folder.remove(temporary)
        try Folder.flush(Path.parent(of: target))
    }

    private static func checkedTarget(_ folder: String) throws -> String {
        var status = stat()
        guard stat(folder, &status) == 0 else { return folder }
        guard status.st_mode & S_IFMT == S_IFDIR else { throw FileError("cannot write folder", path: folder, code: ENOTDIR) }
        guard let real = realpath(folder, nil) else { throw FileError("cannot write folder", path: folder, code: errno) }
        defer { free(real) }
        let target = String(cString: real)
        if let working = getcwd(nil, 0) {
            defer { free(working) }
            let working = String(cString: working)
            if working == target || working.hasPrefix(target == "/" ? "/" : target + "/") {
                throw FileError("cannot write folder", path: folder,
                                reason: "it is or holds the working folder; name a folder below it")
            }
        }
        return target
    }

    /// - Parameter place: of `old` below the folder that is replaced, empty for itself.
    private static func carryOver(from old: String, to new: String, except: Set<String>, place: String = "") throws {
        for name in try Folder.entries(old) {
            let path = place.isEmpty ? name : Path.join(place, name)
            if except.contains(path) { continue }
            let source = Path.join(old, name)
            let destination = Path.join(new, name)
            var status = stat()
            if lstat(destination, &status) == 0 { continue }
            guard lstat(source, &status) == 0 else { throw FileError("cannot keep", path: source, code: errno) }
            if status.st_mode & S_IFMT == S_IFDIR {
                guard mkdir(destination, status.st_mode & 0o7777) == 0 else {
                    throw FileError("cannot keep", path: source, code: errno)
                }
                try carryOver(from: source, to: destination, except: except, place: path)
            } else if link(source, destination) != 0 {
                guard status.st_mode & S_IFMT == S_IFREG, [EPERM, ENOTSUP, EMLINK, EXDEV].contains(errno) else {
                    throw FileError("cannot keep", path: source, code: errno)
                }
                try AtomicFile.write(MappedFile(source).bytes, to: destination)
            }
        }
    }

    private static func flushAll(_ path: String) throws {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw FileError("cannot write", path: path, code: errno) }
        let kind = status.st_mode & S_IFMT
        if kind == S_IFDIR {
            for name in try Folder.entries(path) { try flushAll(Path.join(path, name)) }
        }
        if kind == S_IFDIR || kind == S_IFREG { try Folder.flush(path) }
    }

    /// Afterwards `temporary` holds the old folder, if there was one.
    private static func exchange(_ temporary: String, _ target: String, named folder: String) throws {
        guard Folder.exists(target) else {
            if rename(temporary, target) != 0 { throw FileError("cannot write folder", path: folder, code: errno) }
            return
        }
        if renameat2(AT_FDCWD, temporary, AT_FDCWD, target, 2 /* RENAME_EXCHANGE */) == 0 { return }
        guard [EINVAL, ENOSYS, ENOTSUP].contains(errno) else {
            throw FileError("cannot write folder", path: folder, code: errno)
        }
        let aside = TemporaryName.beside(target)
        guard rename(target, aside) == 0 else { throw FileError("cannot write folder", path: folder, code: errno) }
        guard rename(temporary, target) == 0 else {
            let code = errno
            rename(aside, target)
            throw FileError("cannot write folder", path: folder, code: code)
        }
        try Folder.remove(aside)
    }
}
