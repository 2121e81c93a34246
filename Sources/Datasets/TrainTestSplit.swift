/// The size of one side of a split.
public enum SplitSize: Equatable, Sendable {
    case count(Int)
    /// Above 0 and below 1.
    case fraction(Double)
}

extension Dataset {
    /// Splits into two datasets without a common row.
    ///
    /// The rules are those of the field: a fraction of the test side is rounded up and one of the training side down;
    /// a size that is not given is what the other leaves; with neither, a quarter is for testing. With `shuffle` the
    /// rows are drawn at random, otherwise the training side is the beginning and the test side follows it.
    /// Throws if a size is not possible or a side would be empty.
    public func trainTestSplit(
        testSize: SplitSize? = nil, trainSize: SplitSize? = nil, seed: UInt64 = 0, shuffle: Bool = true
    ) throws -> (train: Dataset, test: Dataset) {
        func rowsWanted(_ size: SplitSize, _ name: String, _ rounding: FloatingPointRoundingRule) throws -> Int {
            switch size {
            case .count(let count):
                guard count > 0 && count < rowCount else {
                    throw DatasetError("\(name) is \(count), which must be above 0 and below the number of rows, \(rowCount)")
                }
                return count
            case .fraction(let fraction):
                guard fraction > 0 && fraction < 1 else { throw DatasetError("\(name) is \(fraction), which must be above 0 and below 1") }
                return Int((fraction * Double(rowCount)).rounded(rounding))
            }
        }
        let testSize = testSize ?? (trainSize == nil ? .fraction(0.25) : nil)
        let trainWanted = try trainSize.map { try rowsWanted($0, "train_size", .down) }
        let test = try testSize.map { try rowsWanted($0, "test_size", .up) } ?? (rowCount - (trainWanted ?? 0))
        let train = trainWanted ?? (rowCount - test)
        guard train + test <= rowCount else {
            throw DatasetError("train_size and test_size want \(train) + \(test) rows, the dataset has \(rowCount)")
        }
        guard train > 0 && test > 0 else {
            throw DatasetError("a split of \(rowCount) rows into \(train) for training and \(test) for testing leaves a side empty")
        }
        if shuffle {
            let order = Self.permutation(of: rowCount, seed: seed)
            return (view(Array(order[test..<test + train])), view(Array(order[..<test])))
        }
        return (view(Array(0..<train)), view(Array(train..<train + test)))
    }
}
