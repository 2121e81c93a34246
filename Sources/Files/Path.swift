import Glibc

/// Taking paths apart and putting them together.
public enum Path {
    /// `folder/name`.
    public static func join(_ folder: String, _ name: String) -> String {
        folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// What stands after the last slash; trailing slashes do not count.
    public static func name(of path: String) -> String {
        let trimmed = withoutTrailingSlashes(path)
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return trimmed }
        return String(trimmed[trimmed.utf8.index(after: slash)...])
    }

    /// The folder that holds this path: `.` for a bare name, `/` for the root.
    public static func parent(of path: String) -> String {
        let trimmed = withoutTrailingSlashes(path)
        guard let slash = trimmed.utf8.lastIndex(of: UInt8(ascii: "/")) else { return trimmed == "/" ? "/" : "." }
        let parent = withoutTrailingSlashes(String(trimmed[..<slash]))
        return parent.isEmpty ? "/" : parent
    }

    /// The letters after the last dot of the name, lower-cased; empty for none and for names like `.profile`.
    public static func fileExtension(of path: String) -> String {
        let name = name(of: path)
        guard let dot = name.utf8.lastIndex(of: UInt8(ascii: ".")), dot != name.startIndex else { return "" }
        return name[name.utf8.index(after: dot)...].lowercased()
    }

    /// Whether a file or folder stands there; a link counts if what it leads to does.
    public static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// The place below `folder` that a path out of a file names, with what says nothing (`.`, doubled slashes) left out; `folder` itself
    /// for an empty one. Nil for a path that leaves the folder: an absolute one, one with `..`, or one that goes through a link to a folder
    /// elsewhere. Links to files are followed wherever they lead, since the caches of downloaded models consist of them.
    public static func below(_ folder: String, _ path: String) -> String? {
        let parts = path.split(separator: "/").filter { $0 != "." }
        guard !path.hasPrefix("/"), !parts.contains(".."), !path.utf8.contains(0) else { return nil }
        guard !parts.isEmpty else { return folder }
        let place = join(folder, parts.joined(separator: "/"))
        guard Folder.exists(place), let real = resolved(place), let whole = resolved(folder) else { return place }
        return real == whole || real.hasPrefix(whole == "/" ? "/" : whole + "/") ? place : nil
    }

    /// The path from the root without links, nil for what does not exist.
    public static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }

    private static func withoutTrailingSlashes(_ path: String) -> String {
        var path = path
        while path.utf8.count > 1 && path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
