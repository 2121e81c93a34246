import Losses
import Tensors

/// The candidates of other rows that each row of a batch is compared with.
enum InBatchNegatives {
    /// Chooses negatives for each row.
    ///
    /// Candidates are numbered column by column, `column * rows + row`. Every candidate of another row is eligible.
    ///
    /// - Parameters:
    ///   - count: negatives per row; nil, or as many as there are or more, takes all in order.
    ///   - generator: makes the choice where there is one, without repetition and each candidate with the same chance.
    /// - Returns: for each row its candidates, all rows equally many.
    static func choose(rows: Int, columns: Int, count: Int?, generator: Generator) -> [[Int]] {
        let eligible = (rows - 1) * columns
        guard let count, count < eligible else {
            return (0..<rows).map { row in (0..<rows * columns).filter { $0 % rows != row } }
        }
        var stream = generator.nextStream()
        return (0..<rows).map { row in
            var candidates = (0..<rows * columns).filter { $0 % rows != row }
            // The first steps of a Fisher-Yates shuffle.
            for position in 0..<count {
                candidates.swapAt(position, Int.random(in: position..<eligible, using: &stream))
            }
            return Array(candidates[0..<count])
        }
    }
}
