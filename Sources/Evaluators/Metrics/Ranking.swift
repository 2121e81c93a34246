/// Items in descending order of score.
///
/// Equal scores: unless asked otherwise, the item that came later in the list ranks first. Lists of candidates usually name their positives
/// first, so a model that gives every document the same score gains nothing from the order in which they were listed.
public struct Ranking {
    /// The scores by item.
    public let scores: [Float]
    /// Items, best first.
    public let order: [Int]

    /// Ranks items by `scores`, which must be finite.
    ///
    /// - Parameter earlierFirst: whether of items with equal scores the earlier one ranks first.
    public init(_ scores: [Float], earlierFirst: Bool = false) {
        self.scores = scores
        order = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : ($0 < $1) == earlierFirst }
    }

    /// Number of items.
    public var count: Int { order.count }

    /// Calls `body` for each run of ranks with equal score, best first.
    public func forEachTie(_ body: (Range<Int>) -> Void) {
        var start = 0
        while start < count {
            var end = start + 1
            while end < count && scores[order[end]] == scores[order[start]] { end += 1 }
            body(start..<end)
            start = end
        }
    }

    /// A score between the last item of `tie` and the first one after it: a threshold that splits them with `>=`.
    func threshold(after tie: Range<Int>) -> Float {
        let last = scores[order[tie.upperBound - 1]]
        guard tie.upperBound < count else { return last }
        let next = scores[order[tie.upperBound]]
        let middle = (last + next) / 2
        // Between neighbouring floats the middle rounds to one of them.
        return middle == next ? last : middle
    }
}
