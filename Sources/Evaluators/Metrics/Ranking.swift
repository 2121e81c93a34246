import Tensors

/// Items in descending order of score.
///
/// Equal scores, which may differ by rounding (``SimilarityTolerance/isTie(_:_:)``): unless asked otherwise, the item that came later in
/// the list ranks first. Lists of candidates usually name their positives first, so a model that gives every document the same score gains
/// nothing from the order in which they were listed.
public struct Ranking {
    /// The scores by item.
    public let scores: [Float]
    /// Items, best first.
    public let order: [Int]
    /// The scores, the greatest first.
    let descending: [Float]
    /// Runs of ranks with equal score.
    private let ties: [Range<Int>]

    /// Ranks items by `scores`, which must be finite.
    ///
    /// - Parameter earlierFirst: whether of items with equal scores the earlier one ranks first.
    public init(_ scores: [Float], earlierFirst: Bool = false) {
        var order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : ($0 < $1) == earlierFirst }
        let descending = order.map { scores[$0] }
        var ties: [Range<Int>] = [], start = 0
        while start < order.count {
            // All that equal the greatest of them, so that a tie does not grow link by link.
            var end = start + 1
            while end < order.count && SimilarityTolerance.isTie(descending[start], descending[end]) { end += 1 }
            if descending[start] != descending[end - 1] { order[start..<end].sort { ($0 < $1) == earlierFirst } }
            ties.append(start..<end)
            start = end
        }
        self.scores = scores
        self.order = order
        self.descending = descending
        self.ties = ties
    }

    /// Number of items.
    public var count: Int { order.count }

    /// Calls `body` for each run of ranks with equal score, best first.
    public func forEachTie(_ body: (Range<Int>) -> Void) { ties.forEach(body) }

    /// A score between the last item of `tie` and the first one after it: a threshold that splits them with `>=`.
    func threshold(after tie: Range<Int>) -> Float {
        let last = descending[tie.upperBound - 1]
        guard tie.upperBound < count else { return last }
        let next = descending[tie.upperBound]
        let middle = (last + next) / 2
        // Between neighbouring floats the middle rounds to one of them.
        return middle == next ? last : middle
    }
}
