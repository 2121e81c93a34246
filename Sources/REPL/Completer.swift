import LuaHost

/// Completes the name before the cursor. It follows dots and colons by raw access only, so no user code runs.
public struct Completer {
    /// What the tab key offers.
    public struct Completion: Equatable {
        /// The text that all candidates share behind what is typed; for a single candidate with `(` if it can be called.
        public let insertion: String
        /// All candidates, if there are several.
        public let candidates: [String]
    }

    private let state: LuaState

    public init(state: LuaState) { self.state = state }

    /// - Parameter line: the text from the beginning of the line to the cursor.
    public func complete(_ line: String) -> Completion {
        let path = NamePath(endOf: line)
        guard !(path.owners.isEmpty && path.prefix.isEmpty) else { return Completion(insertion: "", candidates: []) }
        let matches = members(for: path).filter {
            $0.name.hasPrefix(path.prefix) && (!$0.name.hasPrefix("_") || path.prefix.hasPrefix("_"))
        }
        guard let first = matches.first else { return Completion(insertion: "", candidates: []) }
        if matches.count == 1 {
            return Completion(insertion: first.name.dropFirst(path.prefix.count) + (first.isCallable ? "(" : ""), candidates: [])
        }
        let shared = matches.dropFirst().reduce(first.name) { sharedPrefix($0, $1.name) }
        return Completion(insertion: String(shared.dropFirst(path.prefix.count)), candidates: matches.map(\.name))
    }

    private func members(for path: NamePath) -> [LuaState.Member] {
        guard let globals = try? state.globals else { return [] }
        guard !path.owners.isEmpty else {
            let keywords = LuaPrinter.keywords.map { LuaState.Member(name: $0, isCallable: false) }
            return (state.members(of: .table(globals)) + keywords).sorted { $0.name < $1.name }
        }
        let owner = path.owners.reduce(LuaValue.table(globals)) { state.rawMember($1, of: $0) }
        let members = state.members(of: owner).filter { isName($0.name) }
        return path.isMethod ? members.filter(\.isCallable) : members
    }

    /// The candidates in columns, sorted downwards.
    public static func columns(_ candidates: [String], width: Int) -> String {
        let shown = candidates.prefix(200)
        let cell = (shown.map(\.count).max() ?? 0) + 2
        let count = max(1, width / cell)
        let height = (shown.count + count - 1) / count
        var rows = (0..<height).map { row in
            stride(from: row, to: shown.count, by: height).map { index in
                shown[index] + String(repeating: " ", count: cell - shown[index].count)
            }.joined().trimmed
        }
        if shown.count < candidates.count { rows.append("... \(candidates.count - shown.count) more") }
        return rows.joined(separator: "\n")
    }
}

/// `sentx.losses.Bin` split into owners and the name begun.
private struct NamePath {
    var owners: [String] = []
    var prefix = ""
    var isMethod = false

    init(endOf line: String) {
        let tail = line.reversed().prefix { $0 == "." || $0 == ":" || $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
        let text = String(tail.reversed())
        var names: [String] = []
        var name = ""
        for character in text {
            if character == "." || character == ":" {
                names.append(name)
                name = ""
                isMethod = character == ":"
            } else {
                name.append(character)
            }
        }
        prefix = name
        owners = names
        // A number or what follows a call or index is no path that can be followed without running it.
        if names.contains(where: { !isName($0) }) || (names.isEmpty && prefix.first?.isNumber == true) {
            owners = []
            prefix = ""
        }
    }
}

private func isName(_ text: String) -> Bool {
    guard let first = text.first, first == "_" || (first.isASCII && first.isLetter) else { return false }
    return text.allSatisfy { $0 == "_" || ($0.isASCII && ($0.isLetter || $0.isNumber)) }
}

private func sharedPrefix(_ a: String, _ b: String) -> String {
    String(zip(a, b).prefix { $0 == $1 }.map(\.0))
}
