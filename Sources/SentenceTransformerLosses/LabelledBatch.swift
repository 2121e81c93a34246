import Losses
import Tensors

/// The distances of every two texts of a batch with the class of each, from which the batch losses choose their triplets.
///
/// A pair of two texts of one class is a positive pair, of two classes a negative one.
struct LabelledBatch {
    /// `[rows, rows]`, on the tape.
    let distances: Tensor
    let classes: [Int64]

    /// - Throws: ``LossError`` unless the batch has one column and a class for each row.
    init(_ embeddings: [Tensor], _ batch: LossBatch, distance: BatchDistance, loss: String) throws {
        try requireColumns(1, embeddings, "one input column", for: loss)
        classes = try batch.classLabels(for: loss)
        distances = try distance(embeddings[0])
    }

    var count: Int { classes.count }

    /// Positive pairs (anchor, positive), anchors in order.
    var positivePairs: [(anchor: Int, positive: Int)] {
        classes.indices.flatMap { anchor in
            classes.indices.filter { $0 != anchor && classes[$0] == classes[anchor] }.map { (anchor, $0) }
        }
    }

    /// 1 where the class of the row differs from that of the column, for the given rows, `[rows, count]`.
    func negativeMask(of rows: [Int]) -> Tensor {
        Tensor(rows.flatMap { row in classes.map { $0 == classes[row] ? Float(0) : 1 } }, shape: [rows.count, count])
    }

    /// The distances at given places, `[places]`.
    func distances(at places: [(row: Int, column: Int)]) throws -> Tensor {
        try distances.reshape([count * count]).indexSelect(dim: 0, indices: places.map { $0.row * count + $0.column })
    }

    /// For each row the distance to the farthest text of its class and to the nearest of another, each `[rows]`.
    ///
    /// The farthest is 0 for a class that occurs once. Where all are of one class the nearest is the largest distance of
    /// the row, so that margin is all that remains of the loss.
    func hardest() throws -> (positive: Tensor, negative: Tensor) {
        let negatives = negativeMask(of: Array(0..<count))
        let positives = try 1 - negatives - Tensor.eye(count)
        let farthest = try (distances * positives).max(dim: 1)
        let largest = try distances.max(dim: 1, keepDim: true)
        return (farthest, try (distances + largest * (1 - negatives)).min(dim: 1))
    }
}
