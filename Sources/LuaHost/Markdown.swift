/// Documentation as a Markdown page.
extension Documentation {
    /// Every module with its functions and classes, in the order of registration.
    public func markdown(title: String) -> String {
        var blocks = ["# \(title)"]
        for module in entries where module.kind == .module {
            blocks.append("## \(module.path)\n\n\(module.doc.summary)")
            let members = members(of: module)
            for member in members where member.kind == .constant || member.kind == .function {
                blocks.append(Documentation.block(member, heading: "###"))
            }
            for member in members where member.kind == .class { blocks += classBlocks(member) }
        }
        return blocks.joined(separator: "\n\n")
    }

    private func classBlocks(_ entry: Entry) -> [String] {
        let constructor = entries.first { $0.kind == .constructor && $0.path == entry.path }
        var text = "### \(entry.path)\n\n\(entry.doc.summary)"
        if let base = entry.base { text += " Has all of `\(base)`." }
        var blocks = [text]
        if let constructor { blocks.append(Documentation.block(constructor, heading: "####")) }
        for member in members(of: entry) where member.kind != .property && member.kind != .operation {
            blocks.append(Documentation.block(member, heading: "####"))
        }
        for (kind, title) in [(Kind.property, "Properties"), (.operation, "Operators")] {
            let rows = members(of: entry).filter { $0.kind == kind }
            guard !rows.isEmpty else { continue }
            blocks.append("\(title):\n\n" + rows.map { "- `\($0.path)`: \($0.doc.summary)" }.joined(separator: "\n"))
        }
        return blocks
    }

    private static func block(_ entry: Entry, heading: String) -> String {
        var parts = ["\(heading) `\(signature(of: entry))`", entry.doc.summary]
        parts += table("Parameter", entry.doc.parameters) + table("Option", entry.doc.options)
        if let returns = entry.doc.returns { parts.append("Returns: \(returns)") }
        if let example = entry.doc.example { parts.append("```lua\n\(example)\n```") }
        return parts.joined(separator: "\n\n")
    }

    private static func table(_ title: String, _ parameters: [Doc.Parameter]) -> [String] {
        guard !parameters.isEmpty else { return [] }
        let rows = parameters.map { parameter in
            let fallback = parameter.defaultValue.map { "`\($0)`" } ?? (parameter.isOptional ? "" : "required")
            return "| `\(parameter.name)` | \(cell(parameter.type)) | \(cell(fallback)) | \(cell(parameter.summary)) |"
        }
        return [(["| \(title) | Type | Default | Meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n")]
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            .split(separator: "\n").joined(separator: " ")
    }
}
