/// How far computed similarities may lie apart and still count as equal.
///
/// What is equal in exact arithmetic, such as the similarities of the same text met twice, differs in the last bits once it has been
/// computed: sums are rounded in an order that depends on the processor's instructions and on the library, and a length of 1 is not quite
/// 1. A rule with `>` must not hang on these bits, so everything that compares similarities with each other or with a limit asks here, and
/// equals are on the side where the rule puts them in exact arithmetic.
///
/// A sum of `n` products, each rounded to 2^-24 of itself, errs by about `sqrt(n) 2^-24` of the two lengths: 2^-19 for the 1,024 numbers of
/// a large embedding. Two sums are compared, of embeddings that carry about as much from their own making: 2^-17, which is still a
/// twentieth of what bfloat16 leaves.
///
/// Ranks need none of it: but for OpenBLAS, equal rows give equal sums, bit by bit, wherever they stand, and equal scores go by their place.
public enum SimilarityTolerance {
    /// Of a limit up to 1; greater limits have as much more.
    public static let ofLimits: Float = 0x1p-17

    /// Whether `score` is above `limit` by more than rounding.
    public static func isAbove(_ score: Float, _ limit: Float) -> Bool { limit.isFinite ? score > limit + width(limit) : score > limit }

    /// Whether `score` is below `limit` by more than rounding.
    public static func isBelow(_ score: Float, _ limit: Float) -> Bool { limit.isFinite ? score < limit - width(limit) : score < limit }

    private static func width(_ limit: Float) -> Float { ofLimits * max(1, abs(limit)) }
}
