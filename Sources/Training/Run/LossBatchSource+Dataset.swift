import Datasets

extension LossBatchSource {
    /// The input columns of a dataset in order, and its label column if it has one.
    public init(_ dataset: Dataset) throws {
        self.init(inputs: try dataset.inputColumns.map { (name: $0, values: try dataset.column($0)) },
                  label: try dataset.labelColumn.map { (name: $0, values: try dataset.column($0)) })
    }
}
