import Files

/// An input that is a folder: which of the folders that the kind made it begins with, and what is different in it.
///
/// It is written as lines, so that a human can read a finding: `folder NAME`, then for each changed file
/// `file NAME BYTES` with that many bytes and a line break behind it, or `remove NAME`. What does not fit is left out, so that
/// every sequence of bytes means a folder.
package struct FolderInput {
    package var folder: String
    package var files: [(name: String, bytes: [UInt8]?)] = []

    package init(folder: String, files: [(name: String, bytes: [UInt8]?)] = []) {
        self.folder = folder
        self.files = files
    }

    package init(_ input: [UInt8]) {
        var rest = input[...]
        func line() -> String? {
            guard !rest.isEmpty else { return nil }
            let end = rest.firstIndex(of: 10) ?? rest.endIndex
            let text = String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
            rest = rest[min(end + 1, rest.endIndex)...]
            return text
        }
        folder = ""
        while let text = line() {
            let parts = text.split(separator: " ").map(String.init)
            switch parts.first {
            case "folder" where parts.count > 1: folder = parts[1]
            case "file" where parts.count > 1 && Self.staysInside(parts[1]):
                let count = min(max(parts.count > 2 ? Int(parts[2]) ?? 0 : 0, 0), rest.count)
                files.append((parts[1], Array(rest.prefix(count))))
                rest = rest.dropFirst(count)
                if rest.first == 10 { rest = rest.dropFirst() }
            case "remove" where parts.count > 1 && Self.staysInside(parts[1]): files.append((parts[1], nil))
            default: break
            }
        }
    }

    package var bytes: [UInt8] {
        var result = Array("folder \(folder)\n".utf8)
        for (name, content) in files {
            guard let content else {
                result += Array("remove \(name)\n".utf8)
                continue
            }
            result += Array("file \(name) \(content.count)\n".utf8) + content + [10]
        }
        return result
    }

    private static func staysInside(_ name: String) -> Bool {
        !name.isEmpty && !name.hasPrefix("/") && !name.split(separator: "/").contains { $0 == ".." || $0 == "." }
    }

    /// Makes the folder at `target`, which is removed first.
    /// - Parameter source: where the kind's folders are.
    package func write(to target: String, from source: String, names: [String]) throws {
        try? Folder.remove(target)
        try FolderCopy.copy(Path.join(source, names.contains(folder) ? folder : names[0]), to: target)
        for (name, content) in files {
            let path = Path.join(target, name)
            if let content {
                try Folder.create(Path.parent(of: path))
                if Folder.exists(path) { continue }
                try PlainFile.write(content, to: path)
            } else if Path.exists(path) {
                try Folder.remove(path)
            }
        }
    }

    /// Changes one of the files, or which there are.
    /// - Parameter change: what is done to the bytes of a file of that name.
    package func mutated(
        _ random: inout RandomSource, from source: String, change: (String, [UInt8], inout RandomSource) -> [UInt8]
    ) -> FolderInput {
        var result = self
        let names = (try? FolderCopy.files(in: Path.join(source, folder))) ?? []
        guard !names.isEmpty else { return result }
        for _ in 0..<random.count(upTo: 3) {
            // What was changed before is changed again rather than a new file.
            let name = files.isEmpty || random.once(in: 3) ? random.pick(names) : random.pick(files).name
            let place = result.files.firstIndex { $0.name == name }
            if random.once(in: 24) {
                result.set(name, nil)
            } else if let content = place.flatMap({ result.files[$0].bytes }) ?? (try? FileContents.read(Path.join(Path.join(source, folder), name))) {
                result.set(name, change(name, content, &random))
            }
        }
        return result
    }

    private mutating func set(_ name: String, _ content: [UInt8]?) {
        files.removeAll { $0.name == name }
        files.append((name, content))
    }
}
