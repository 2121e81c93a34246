import Tensors

/// A penalty on embeddings that are not sparse, for one side of ``SpladeLoss``.
public protocol SparseRegularizer: AnyObject {
    /// The class name in records.
    var name: String { get }

    /// Active elements up to which an embedding is let off; nil penalizes all.
    var threshold: Int? { get }

    /// The penalty of all rows of some tensors `[rows, dimension]` together, a tensor of one element.
    func penalty(of embeddings: [Tensor]) throws -> Tensor
}

extension SparseRegularizer {
    /// The rows with as many as ``threshold`` active elements set to zero; they still count as rows.
    func masked(_ embeddings: Tensor) throws -> Tensor {
        guard let threshold else { return embeddings }
        let active = try embeddings.detach().ne(0).toFloat32().sum(dim: 1, keepDim: true)
        return try embeddings.multiplying(active.gt(Double(threshold)).toFloat32())
    }
}
