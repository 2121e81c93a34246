import Files
import Glibc

/// A fresh folder that is removed with the object.
public final class TemporaryFolder {
    public let path: String

    public init() {
        var template = Array("/tmp/sentx-test-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template)!)
    }

    deinit { try? Folder.remove(path) }

    /// The path of something in the folder.
    public func callAsFunction(_ name: String) -> String { Path.join(path, name) }

    /// Writes a file in the folder and returns its path.
    public func write(_ text: String, to name: String) -> String {
        let file = self(name)
        try! AtomicFile.write(text, to: file)
        return file
    }

    /// Names in the folder, hidden ones too.
    public var entries: [String] { try! Folder.entries(path) }
}

/// The text of a file.
public func contents(_ path: String) throws -> String {
    String(decoding: try FileContents.read(path), as: UTF8.self)
}
