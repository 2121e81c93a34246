import Losses
import TextFormat

/// Which prompt precedes each input column of each dataset, and which route it takes: the arguments `prompts` and
/// `router_mapping`, checked against the datasets.
struct ColumnRouting {
    private let prompts: ColumnTexts
    private let routes: ColumnTexts

    /// - Throws: ``TrainingArgumentError`` for a name that is neither a dataset nor an input column.
    init(_ arguments: TrainingArguments, datasets: [TrainingDataset]) throws {
        prompts = arguments.prompts
        routes = arguments.routerMapping
        if case .all = routes { throw TrainingArgumentError("router_mapping", "a route is wanted for each column by name, got one for all") }
        try Self.check(prompts, "prompts", allowsWholeDataset: true, datasets)
        try Self.check(routes, "router_mapping", allowsWholeDataset: false, datasets)
    }

    /// The dataset with the routes of its columns.
    func routed(_ dataset: TrainingDataset) -> TrainingDataset {
        if prompts.isEmpty && routes.isEmpty { return dataset }
        var routed = dataset
        routed.rows.routes = dataset.rows.inputNames.map { column in
            ColumnRoute(prompt: prompts.text(column: column, dataset: dataset.name), task: routes.text(column: column, dataset: dataset.name))
        }
        return routed
    }

    private static func check(_ texts: ColumnTexts, _ argument: String, allowsWholeDataset: Bool, _ datasets: [TrainingDataset]) throws {
        guard case .named(let members) = texts else { return }
        let names = datasets.compactMap(\.name)
        for (name, value) in members.sorted(by: { $0.key < $1.key }) {
            let named = datasets.filter { $0.name == name }
            if !named.isEmpty {
                switch value {
                case .all(let text):
                    if allowsWholeDataset || datasets.contains(where: { $0.rows.inputNames.contains(name) }) { continue }
                    throw TrainingArgumentError(argument, "'\(name)' is a dataset, so a table of its columns is wanted, got '\(text)'")
                case .named(let columns):
                    for column in columns.keys.sorted() { try check(column, named, " of dataset '\(name)'", argument, other: []) }
                }
                continue
            }
            if case .named = value {
                if names.isEmpty {
                    throw TrainingArgumentError(argument, "'\(name)' stands for a dataset, as it has a table of columns, but the run's only "
                        + "dataset has no name; give columns directly, or datasets as a table of names")
                }
                let near = nearestName(to: name, in: names).map { " (did you mean '\($0)'?)" } ?? ""
                throw TrainingArgumentError(argument, "there is no dataset '\(name)'\(near); datasets are \(list(names))")
            }
            try check(name, datasets, "", argument, other: names)
        }
    }

    /// - Parameter other: names of another kind that are allowed too.
    private static func check(_ column: String, _ datasets: [TrainingDataset], _ place: String, _ argument: String, other: [String]) throws {
        let known = datasets.flatMap(\.rows.inputNames)
        if known.contains(column) { return }
        if datasets.contains(where: { $0.rows.labelName == column }) {
            throw TrainingArgumentError(argument, "'\(column)' is the label column\(place), which no text is read from")
        }
        let near = nearestName(to: column, in: known + other).map { " (did you mean '\($0)'?)" } ?? ""
        throw TrainingArgumentError(argument, "there is no column\(other.isEmpty ? "" : " or dataset") '\(column)'\(place)\(near); input columns are "
            + list(known) + (other.isEmpty ? "" : ", datasets are \(list(other))"))
    }

    private static func list(_ names: [String]) -> String {
        var seen: Set<String> = []
        return names.filter { seen.insert($0).inserted }.map { "'\($0)'" }.joined(separator: ", ")
    }
}
