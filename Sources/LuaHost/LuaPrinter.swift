/// Values as text for people: tables with sorted keys, bounded in depth, entries and length; objects in full by their
/// `tostring`, in one line when nested.
public struct LuaPrinter {
    /// Columns to stay within if possible.
    public var width: Int
    /// Tables nested deeper are shown as `{...}`.
    public var maximumDepth = 5
    /// Entries shown of one table.
    public var maximumEntries = 60
    /// Entries shown of all tables together.
    public var maximumTotal = 600
    /// Characters shown of a string inside a table.
    public var maximumText = 200

    private let state: LuaState

    public init(state: LuaState, width: Int = 80) {
        self.state = state
        self.width = width
    }

    /// The text of one value.
    public func text(of value: LuaValue) -> String {
        switch value {
        case .table(let table):
            var walk = Walk(remaining: maximumTotal)
            return text(of: table, indent: 0, ahead: 0, depth: 0, &walk)
        case .string(let text): return LuaPrinter.quoted(text)
        case .function(let function): return self.text(of: function)
        default: return tostring(value)
        }
    }

    /// What is known while one value is printed.
    private struct Walk {
        var remaining: Int
        var open: Set<UInt> = []
    }

    /// - Parameters:
    ///   - indent: of the line that the table begins on.
    ///   - ahead: characters that stand in front of it on that line.
    private func text(of table: LuaTable, indent: Int, ahead: Int, depth: Int, _ walk: inout Walk) -> String {
        if let metatable = table.metatable, let custom = try? metatable.rawGet(.string("__tostring")), !custom.isNil {
            return LuaPrinter.firstLine(tostring(.table(table)), of: depth)
        }
        let identity = table.identity
        guard !walk.open.contains(identity) else { return "{cycle}" }
        guard let entries = try? sortedEntries(of: table) else { return "{...}" }
        if entries.shown.isEmpty { return "{}" }
        guard depth < maximumDepth, walk.remaining > 0 else { return "{...}" }
        walk.open.insert(identity)
        defer { walk.open.remove(identity) }

        var parts: [String] = []
        for (key, value) in entries.shown {
            guard walk.remaining > 0 else { break }
            walk.remaining -= 1
            let label = key.map { LuaPrinter.label($0, tostring) } ?? ""
            parts.append(label + text(nested: value, indent: indent + 2, ahead: label.count, depth: depth + 1, &walk))
        }
        let hidden = entries.count - parts.count
        if hidden > 0 { parts.append("... \(hidden) more") }

        let oneLine = "{" + parts.joined(separator: ", ") + "}"
        if indent + ahead + oneLine.count <= width, !oneLine.contains("\n") { return oneLine }
        let margin = String(repeating: " ", count: indent + 2)
        return "{\n" + rows(parts, isList: entries.isList).map { margin + $0 }.joined(separator: ",\n")
            + "\n" + String(repeating: " ", count: indent) + "}"

        func rows(_ parts: [String], isList: Bool) -> [String] {
            guard isList, parts.allSatisfy({ $0.count <= 20 && !$0.contains("\n") }) else { return parts }
            // Short list entries share lines.
            var rows: [String] = []
            for part in parts {
                if let last = rows.last, indent + 2 + last.count + 2 + part.count < width {
                    rows[rows.count - 1] = last + ", " + part
                } else {
                    rows.append(part)
                }
            }
            return rows
        }
    }

    private func text(nested value: LuaValue, indent: Int, ahead: Int, depth: Int, _ walk: inout Walk) -> String {
        switch value {
        case .table(let table): return text(of: table, indent: indent, ahead: ahead, depth: depth, &walk)
        case .string(let text):
            guard text.count > maximumText else { return LuaPrinter.quoted(text) }
            return LuaPrinter.quoted(String(text.prefix(maximumText))) + "..."
        case .function(let function): return text(of: function)
        case .object(let object):
            return state.classes.entry(for: object)?.oneLine?(object) ?? LuaPrinter.firstLine(tostring(value), of: depth)
        default: return tostring(value)
        }
    }

    private func text(of function: LuaFunction) -> String {
        guard let box = function.box else { return tostring(.function(function)) }
        let entry = Documentation.Entry(kind: .function, path: box.path, doc: box.doc, base: nil)
        return "function " + Documentation.signature(of: entry)
    }

    private func tostring(_ value: LuaValue) -> String {
        do {
            return try state.tostring(value)
        } catch {
            return "<\(state.describe(value)) whose tostring fails: \(error)>"
        }
    }

    /// The list part in order without keys, then the other entries by key: numbers, strings, the rest.
    private func sortedEntries(of table: LuaTable) throws -> (shown: [(key: LuaValue?, value: LuaValue)], count: Int, isList: Bool) {
        let listCount = table.count
        let list = try table.list(upTo: maximumEntries).map { (key: LuaValue?.none, value: $0) }
        let keys = try table.keys(behind: listCount)
        let shown = try keys.sorted(by: LuaPrinter.precedes).prefix(max(0, maximumEntries - list.count)).map {
            (key: Optional($0), value: try table.rawGet($0))
        }
        return (list + shown, max(list.count, listCount &+ keys.count), keys.isEmpty)
    }

    private static func precedes(_ a: LuaValue, _ b: LuaValue) -> Bool {
        func rank(_ value: LuaValue) -> Int {
            switch value {
            case .integer, .number: return 0
            case .string: return 1
            case .boolean: return 2
            default: return 3
            }
        }
        if let a = a.asNumber, let b = b.asNumber { return a < b }
        if let a = a.asString, let b = b.asString { return a < b }
        return rank(a) < rank(b)
    }

    private static func label(_ key: LuaValue, _ tostring: (LuaValue) -> String) -> String {
        guard case .string(let name) = key else { return "[" + tostring(key) + "] = " }
        return (isIdentifier(name) ? name : "[" + quoted(name) + "]") + " = "
    }

    private static func firstLine(_ text: String, of depth: Int) -> String {
        guard depth > 0, let end = text.firstIndex(of: "\n") else { return text }
        return text[..<end] + " ..."
    }

    static func isIdentifier(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(48...57).contains(first), !keywords.contains(name) else { return false }
        return name.utf8.allSatisfy { (48...57).contains($0) || (65...90).contains($0) || (97...122).contains($0) || $0 == 95 }
    }

    /// The words that cannot be names.
    package static let keywords: Set<String> = [
        "and", "break", "do", "else", "elseif", "end", "false", "for", "function", "goto", "if", "in", "local", "nil", "not",
        "or", "repeat", "return", "then", "true", "until", "while",
    ]

    /// A string as Lua would read it.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            case _ where scalar.value < 32 || scalar.value == 127:
                let digits = String(scalar.value)
                result += "\\" + String(repeating: "0", count: 3 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}
