/// Documentation as text for a terminal.
extension Documentation {
    /// `select(rows, [options])`.
    public static func signature(of entry: Entry) -> String {
        switch entry.kind {
        case .module, .constant, .property, .operation, .class: return entry.path
        case .function, .constructor, .method:
            var parts = entry.doc.parameters.map { $0.isOptional ? "[\($0.name)]" : $0.name }
            if !entry.doc.options.isEmpty { parts.append(entry.doc.options.allSatisfy(\.isOptional) ? "[options]" : "options") }
            return "\(entry.path)(\(parts.joined(separator: ", ")))"
        }
    }

    /// A call with what has to be given: `sentx.losses.MSELoss(model)`, `sentx.evaluation.TripletEvaluator { ... }`.
    static func call(of entry: Entry) -> String {
        let names = entry.doc.parameters.filter { !$0.isOptional }.map(\.name)
        let needsOptions = entry.doc.options.contains { !$0.isOptional }
        if names.isEmpty, !entry.doc.options.isEmpty { return entry.path + " { ... }" }
        return "\(entry.path)(\((names + (needsOptions ? ["{ ... }"] : [])).joined(separator: ", ")))"
    }

    /// The full text about an entry.
    public func text(for entry: Entry) -> String {
        var lines = [Documentation.signature(of: entry), "  " + entry.doc.summary]
        lines += Documentation.table("Parameters", entry.doc.parameters) + Documentation.table("Options", entry.doc.options)
        if let returns = entry.doc.returns { lines.append("  Returns: " + returns) }
        if let example = entry.doc.example {
            lines.append("  Example:")
            lines += example.split(separator: "\n", omittingEmptySubsequences: false).map { "    " + $0 }
        }
        if entry.kind == .class || entry.kind == .module {
            if let base = entry.base { lines.append("  Has all of \(base).") }
            if let constructor = entries.first(where: { $0.kind == .constructor && $0.path == entry.path }) {
                lines.append(text(for: constructor))
            }
            let members = members(of: entry)
            let width = min(members.map { Documentation.signature(of: $0).count }.max() ?? 0, 36)
            for member in members {
                let signature = Documentation.signature(of: member)
                lines.append("  " + signature.padded(to: width) + "  " + firstSentence(member.doc.summary))
            }
        }
        return lines.joined(separator: "\n")
    }

    /// The text about a value or, for a string, about what it names. nil if nothing is known.
    public func help(for value: LuaValue, state: LuaState) -> String? {
        switch value {
        case .nil: return nil
        case .string(let name):
            let found = find(name).filter { entry in
                entry.kind != .constructor
            }
            return found.isEmpty ? nil : found.map(text).joined(separator: "\n\n")
        case .function(let function):
            guard let box = function.box else { return nil }
            return text(for: Entry(kind: .function, path: box.path, doc: box.doc, base: nil))
        case .table(let table):
            guard let path = path(of: table), let entry = entries.first(where: { $0.path == path }) else { return nil }
            return text(for: entry)
        case .object(let object):
            guard let entry = state.classes.entry(for: object) else { return nil }
            return entries.first { $0.kind == .class && $0.path.hasSuffix("." + entry.name) }.map(text)
        default: return nil
        }
    }

    private static func table(_ title: String, _ parameters: [Doc.Parameter]) -> [String] {
        guard !parameters.isEmpty else { return [] }
        let width = min(parameters.map(\.name.count).max() ?? 0, 30)
        return ["  \(title):"] + parameters.map { parameter in
            let fallback = parameter.defaultValue.map { ", default \($0)" } ?? (parameter.isOptional ? ", optional" : "")
            return "    " + parameter.name.padded(to: width) + "  (\(parameter.type)\(fallback)) \(parameter.summary)"
        }
    }
}

extension LuaState {
    /// Defines the global `help`.
    /// - Parameters:
    ///   - overview: what `help()` prints.
    ///   - print: writes text to the user.
    public func installHelp(overview: String, print: @escaping (String) -> Void) throws {
        let doc = Doc("Prints what is known about a function, class, object or name.",
                      parameters: [.init("x", "anything", optional: true, "the thing itself, or its name as a string")])
        documentation.add(.function, "help", doc)
        try globals.set("help", .function(function("help", doc: doc) { call in
            if call.count == 0 {
                print(overview)
            } else {
                let value = call.value(1)
                print(call.state.documentation.help(for: value, state: call.state) ?? "No help on \(call.state.describe(value)).")
            }
            return []
        }))
    }
}

private func firstSentence(_ text: String) -> String {
    guard let end = text.indices.first(where: { text[$0...].hasPrefix(". ") }) else { return text }
    return String(text[...end])
}

extension String {
    func padded(to width: Int) -> String { count >= width ? self : self + String(repeating: " ", count: width - count) }
}
