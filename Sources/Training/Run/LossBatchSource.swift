import Datasets
import Losses

/// The columns of a dataset as a loss reads them: inputs in order, and the label column.
public struct LossBatchSource {
    public let inputNames: [String]
    /// `inputs[column][row]`.
    public let inputs: [[DatasetValue]]
    public let labelName: String?
    public let labels: [DatasetValue]?
    public let rowCount: Int
    /// The prompt and route of each input column; empty where there are none.
    public var routes: [ColumnRoute] = []

    public init(inputs: [(name: String, values: [DatasetValue])], label: (name: String, values: [DatasetValue])? = nil) {
        inputNames = inputs.map(\.name)
        self.inputs = inputs.map(\.values)
        labelName = label?.name
        labels = label?.values
        rowCount = inputs.first?.values.count ?? label?.values.count ?? 0
    }

    /// The batch of these rows (from 0), in their order.
    public func batch(_ rows: [Int]) -> LossBatch {
        LossBatch(inputs: inputs.map { column in rows.map { column[$0] } }, labels: labels.map { labels in rows.map { labels[$0] } },
                  routes: routes)
    }

    /// The first `count` rows.
    public func prefix(_ count: Int) -> LossBatchSource {
        var result = LossBatchSource(inputs: zip(inputNames, inputs).map { (name: $0, values: Array($1.prefix(count))) },
                                     label: labelName.flatMap { name in labels.map { (name: name, values: Array($0.prefix(count))) } })
        result.routes = routes
        return result
    }
}
