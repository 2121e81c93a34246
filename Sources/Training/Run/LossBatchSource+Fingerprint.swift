import Datasets

extension LossBatchSource {
    /// A number that is the same for the same cells in the same order, in every process, and in practice another for any others. Names
    /// of columns do not count. It takes one pass over the cells.
    public var fingerprint: UInt64 {
        var hash = DatasetValue.mix(UInt64(inputs.count), UInt64(rowCount))
        for column in inputs + (labels.map { [$0] } ?? []) {
            for cell in column { hash = DatasetValue.mix(hash, cell.fingerprint) }
        }
        return hash
    }
}
