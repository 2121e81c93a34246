import Glibc

/// A file operation that failed: what was tried, on which path, and why the system refused.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// The file or folder, as the caller named it.
    public let path: String
    /// What was tried, as in "cannot read".
    public let action: String
    /// The system's error number, 0 where the refusal is our own.
    public let code: Int32
    /// Why, as the system or the check put it.
    public let reason: String

    /// A refusal by the system; take `errno` at once, before another call changes it.
    public init(_ action: String, path: String, code: Int32) {
        self.path = path
        self.action = action
        self.code = code
        self.reason = String(cString: strerror(code))
    }

    /// A refusal of our own.
    public init(_ action: String, path: String, reason: String) {
        self.path = path
        self.action = action
        self.code = 0
        self.reason = reason
    }

    /// `cannot read models/x.json: No such file or directory`
    public var description: String { "\(action) \(path): \(reason)" }
}
