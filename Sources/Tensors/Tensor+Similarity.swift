extension Tensor {
    /// Scaled to a norm of 1 along `dim`: `x / max(norm, eps)`.
    public func normalize(p: Double = 2, dim: Int = 1, eps: Double = 1e-12) throws -> Tensor {
        try dividing(by: norm(p: p, dim: dim, keepDim: true).clamp(min: eps))
    }

    /// `x y / (max(|x|, eps) max(|y|, eps))` along `dim`, broadcast.
    public func cosineSimilarity(_ other: Tensor, dim: Int = 1, eps: Double = 1e-8) throws -> Tensor {
        let lengths = try norm(dim: dim, keepDim: true).clamp(min: eps), others = try other.norm(dim: dim, keepDim: true).clamp(min: eps)
        return try dividing(by: lengths).multiplying(other.dividing(by: others)).sum(dim: dim)
    }

    /// Distances `|x_i - y_j|_p` between the rows of `[n, d]` and `[m, d]`, as `[n, m]`.
    public func cdist(_ other: Tensor, p: Double = 2) throws -> Tensor {
        guard rank == 2, other.rank == 2, shape[1] == other.shape[1] else {
            throw TensorError("cdist: shapes \(shape) and \(other.shape); both must be matrices with rows of one length")
        }
        return try unsqueeze(1).subtracting(other.unsqueeze(0)).norm(p: p, dim: 2)
    }

    /// Rows normalised to mean 0 and variance 1 over the last dimension, then scaled and shifted:
    /// `(x - mean) / sqrt(var + eps) * weight + bias` (Ba, Kiros and Hinton, 2016), with the variance of the population.
    public func layerNorm(weight: Tensor? = nil, bias: Tensor? = nil, eps: Double = 1e-5) throws -> Tensor {
        guard rank > 0 else { throw TensorError("layer_norm: a tensor without dimensions has nothing to normalise over") }
        let centred = try subtracting(mean(dim: -1, keepDim: true))
        let scale = try centred.square().mean(dim: -1, keepDim: true).adding(eps).rsqrt()
        var result = try centred.multiplying(scale)
        if let weight { result = try result.multiplying(weight) }
        if let bias { result = try result.adding(bias) }
        return result
    }
}
