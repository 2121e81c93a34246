/// A place in a text that is not JSON.
public struct JSONError: Error, Equatable, CustomStringConvertible {
    /// The file that was read, nil for a text in memory.
    public let file: String?
    /// Line, from 1.
    public let line: Int
    /// Character within the line (Unicode scalars), from 1.
    public let column: Int
    /// What is wrong there.
    public let message: String

    public init(file: String? = nil, line: Int, column: Int, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    /// `config.json:3:14: expected a value, found '}'`, or `line 3, column 14: …` without a file.
    public var description: String {
        if let file { return "\(file):\(line):\(column): \(message)" }
        return "line \(line), column \(column): \(message)"
    }
}
