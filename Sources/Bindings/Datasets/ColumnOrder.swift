import Datasets
import LuaHost

/// The order of columns that come as a Lua table, which has none, while the order of input columns decides what a loss
/// takes for the query.
///
/// Names that the field uses are known: a query comes before its passage, and that before its negatives; the label
/// comes last. Other names need an order from the caller as soon as there are two input columns.
enum ColumnOrder {
    /// What a column is to a loss, by the name without a number at its end.
    private static let roles: [Set<String>] = [
        ["anchor", "query", "question", "premise", "source"],
        ["positive", "passage", "document", "answer", "response", "hypothesis", "target",
         "passages", "documents", "answers", "texts", "docs", "positives"],
        ["negative", "negatives", "hard_negative", "neg"],
    ]

    /// The names in their order.
    /// - Parameter given: the caller's order; it must name each column once.
    static func order(_ names: [String], given: [String]?, function: String) throws -> [String] {
        if let given {
            if let absent = given.first(where: { !names.contains($0) }) {
                throw LuaError("\(function): option 'columns' names '\(absent)', which is not among the columns "
                    + names.sorted().joined(separator: ", "))
            }
            if let twice = given.indices.first(where: { given[..<$0].contains(given[$0]) }) {
                throw LuaError("\(function): option 'columns' names '\(given[twice])' twice")
            }
            return given
        }
        let label = Dataset.labelNames.first { names.contains($0) }
        let inputs = names.filter { $0 != label && $0 != "dataset_name" }
        let others = names.filter { !inputs.contains($0) }.sorted { $0 == "dataset_name" && $1 != "dataset_name" }
        guard let ordered = inputs.count < 2 ? inputs : conventional(inputs) else {
            throw LuaError("\(function): the order of \(inputs.sorted().joined(separator: ", ")) decides what a loss takes for the "
                + "query, and a Lua table has no order; give it, as in columns = { \(inputs.sorted().map { "\"\($0)\"" }.joined(separator: ", ")) }")
        }
        return ordered + others
    }

    /// The order that the names tell; nil if they do not.
    private static func conventional(_ names: [String]) -> [String]? {
        let parts = names.map(splitNumber)
        if Set(parts.map(\.stem)).count == 1 {
            guard Set(parts.map(\.number)).count == parts.count else { return nil }
            return zip(names, parts).sorted { $0.1.number < $1.1.number }.map(\.0)
        }
        var ranked: [(name: String, role: Int, number: Int)] = []
        var stems: [Int: String] = [:]
        for (name, part) in zip(names, parts) {
            guard let role = roles.firstIndex(where: { $0.contains(part.stem) }) else { return nil }
            if let other = stems.updateValue(part.stem, forKey: role), other != part.stem { return nil }
            ranked.append((name, role, part.number))
        }
        return ranked.sorted { ($0.role, $0.number) < ($1.role, $1.number) }.map(\.name)
    }

    /// `negative_12` is `negative` and 12, `sentence1` is `sentence` and 1; a name without a number counts as 0.
    private static func splitNumber(_ name: String) -> (stem: String, number: Int) {
        let digits = name.reversed().prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty, let number = Int(String(digits.reversed())) else { return (name, 0) }
        let stem = name.dropLast(digits.count)
        return (String(stem.last == "_" ? stem.dropLast() : stem), number)
    }
}
