import Glibc
import Losses
import Tensors

/// How much each position of a list weighs in a ``PListMLELoss``.
public struct PListMLELambdaWeight {
    /// The name written to records.
    public static let name = "sentence_transformers.cross_encoder.losses.plist_mle.PListMLELambdaWeight"

    private let rankDiscount: ((Tensor) throws -> Tensor)?

    /// - Parameter rankDiscount: weights from a bool mask of documents against padding, both `[queries, longest]`; nil for
    ///   the weights of the paper, 2^(documents - position) - 1 with positions from 1.
    public init(rankDiscount: ((Tensor) throws -> Tensor)? = nil) {
        self.rankDiscount = rankDiscount
    }

    /// The weights `[queries, longest]` of a bool mask of that shape, not yet scaled.
    public func weights(mask: Tensor) throws -> Tensor {
        if let rankDiscount { return try rankDiscount(mask) }
        let (rows, columns) = (mask.shape[0], mask.shape[1])
        let valid = mask.contiguous()
        var weights = [Float](repeating: 0, count: rows * columns)
        for row in 0..<rows {
            let documents = (0..<columns).reduce(0) { $0 + (valid.booleans[row * columns + $1] ? 1 : 0) }
            // Lists beyond 127 documents would leave the range of float32; a common factor does no harm.
            let excess = Double(max(documents - 127, 0))
            for position in 0..<columns where valid.booleans[row * columns + position] {
                weights[row * columns + position] = Float(exp2(Double(documents - position - 1) - excess) - exp2(-excess))
            }
        }
        return Tensor(weights, shape: mask.shape)
    }
}
