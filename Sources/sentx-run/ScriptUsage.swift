/// How a script is run, as the comment at its top says: the long comment that comes first, if it has a line with
/// `sentx-run SOME.lua`. What is not mentioned there is refused before the script begins, so that a misspelt option does not start
/// hours of work, in a copy of a template as in the template.
struct ScriptUsage {
    /// The comment without its brackets.
    let comment: String
    /// The lines of it that show a call.
    private let calls: [Substring]

    /// - Returns: nil for a script without such a comment, and for one whose comment names `--help`: it reads its arguments itself.
    init?(_ script: [UInt8]) {
        guard let comment = Self.leadingComment(script) else { return nil }
        let calls = comment.split(separator: "\n").filter { Self.behindScript($0) != nil }
        guard !calls.isEmpty, !Self.words(comment).contains("--help") else { return nil }
        self.comment = comment
        self.calls = calls
    }

    /// Whether the arguments ask for the comment.
    static func isHelp(_ arguments: [String]) -> Bool { arguments.first == "--help" || arguments.first == "-h" }

    /// - Throws: ``UsageError`` for an option that the comment does not have, and for an argument in front of all options where no
    ///   call in the comment has one.
    func check(_ arguments: [String], script: String) throws {
        let known = Set(Self.words(comment))
        func refuse(_ argument: String) -> UsageError {
            UsageError(description: "\(script) takes no '\(argument)'. Nothing was started; it is run like this:\n"
                       + calls.map { "  " + $0.drop { $0 == " " } }.joined(separator: "\n"), showsUsage: false)
        }
        for argument in arguments where argument.hasPrefix("-") && argument.count > 1 && Double(argument) == nil {
            let name = String(argument.prefix { $0 != "=" })
            guard known.contains(name) else { throw refuse(argument) }
        }
        if let first = arguments.first, !first.hasPrefix("-"), !calls.contains(where: Self.takesValue) { throw refuse(first) }
    }

    /// What follows `sentx-run SOME.lua` on a line; nil for another line.
    private static func behindScript(_ line: Substring) -> [Substring]? {
        let words = line.split(separator: " ")
        guard let program = words.firstIndex(of: "sentx-run"), program + 1 < words.count, words[program + 1].hasSuffix(".lua") else { return nil }
        return Array(words[(program + 2)...])
    }

    /// Whether a call has an argument in front of all options: `FILE`, `[FILE]`, `<file>` or a path, not a word of explanation.
    private static func takesValue(_ call: Substring) -> Bool {
        guard let first = behindScript(call)?.first else { return false }
        return first.hasPrefix("<") || (first.hasPrefix("[") && !first.hasPrefix("[-")) || first.dropLast().contains { "./".contains($0) }
            || first.allSatisfy { $0.isUppercase || $0 == "_" }
    }

    /// The words that can be options: `[--wordnet DIR]` has two words.
    private static func words(_ text: String) -> [String] {
        text.split { !($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }.map(String.init)
    }

    private static func leadingComment(_ script: [UInt8]) -> String? {
        var rest = script.drop { $0 == 32 || (9...13).contains($0) }
        guard rest.starts(with: "--[".utf8) else { return nil }
        rest = rest.dropFirst(3)
        let level = rest.prefix { $0 == UInt8(ascii: "=") }.count
        rest = rest.dropFirst(level)
        guard rest.first == UInt8(ascii: "[") else { return nil }
        rest = rest.dropFirst()
        let bracket = [UInt8(ascii: "]")] + [UInt8](repeating: UInt8(ascii: "="), count: level) + [UInt8(ascii: "]")]
        guard let end = rest.indices.first(where: { rest[$0] == bracket[0] && rest[$0...].starts(with: bracket) }) else { return nil }
        let text = String(decoding: rest[..<end], as: UTF8.self)
        return String(String(text.drop(while: \.isWhitespace)).reversed().drop(while: \.isWhitespace).reversed())
    }
}
