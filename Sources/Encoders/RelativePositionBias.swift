import Tensors

/// MPNet's bias of attention by distance, which all layers share: a value for each head and each bucket of distances.
///
/// Distances up to 7 have buckets of their own, longer ones share buckets that widen with the logarithm up to 128, and keys
/// behind the query have other buckets than those before it (Raffel et al. 2020, https://arxiv.org/abs/1910.10683, section 2.1).
public final class RelativePositionBias {
    /// `[buckets, heads]`
    public let weight: Tensor
    /// Buckets that distances fall into, whatever the size of the table.
    static let bucketCount = 32

    init(weight: Tensor) { self.weight = weight }

    /// The values of the distances `1 - length ... length - 1` from query to key, `[heads, 2 * length - 1]`, on the tape.
    func callAsFunction(length: Int) throws -> Tensor {
        try weight.indexSelect(dim: 0, indices: (1 - length ..< length).map(Self.bucket)).t().contiguous()
    }

    /// The bucket of a key that stands `distance` tokens behind its query, or before it where negative.
    public static func bucket(_ distance: Int) -> Int {
        let half = bucketCount / 2, exact = half / 2, n = abs(distance)
        let first = distance > 0 ? half : 0
        if n < exact { return first + n }
        // exact + floor(exact * log(n / 8) / log(16)) in whole numbers: each bucket begins sqrt(2) times as far away.
        var bucket = exact
        while bucket < half - 1, n * n >= 64 << (bucket - exact + 1) { bucket += 1 }
        return first + bucket
    }
}
