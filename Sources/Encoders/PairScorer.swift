import Tensors

/// Anything that scores pairs of texts on the tape: a ``CrossEncoder``, or a table of given logits in a test.
public protocol PairScorer: AnyObject {
    /// Number of outputs per pair.
    var numLabels: Int { get }

    /// The raw outputs before any activation, `[pairs, numLabels]`.
    func logits(_ pairs: [TextPair]) throws -> Tensor
}

extension PairScorer {
    /// The raw outputs of `pairs`, `[pairs, numLabels]`, computed by successive passes over at most `size` of them.
    /// All of them stay on the tape; only the memory that a pass needs for itself is bounded.
    public func logits(_ pairs: [TextPair], inBatchesOf size: Int) throws -> Tensor {
        if pairs.count <= size { return try logits(pairs) }
        let parts = try stride(from: 0, to: pairs.count, by: size).map { start in
            try logits(Array(pairs[start..<min(start + size, pairs.count)]))
        }
        return try Tensor.cat(parts, dim: 0)
    }
}
