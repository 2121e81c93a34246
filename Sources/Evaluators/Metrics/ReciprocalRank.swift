/// One over the rank of the best relevant item, 0 if none stands within the first `k`.
///
/// - Parameter relevance: by item, as many as `ranking` has.
public func reciprocalRank(relevance: [Bool], ranking: Ranking, k: Int) -> Double {
    for (rank, item) in ranking.order.prefix(k).enumerated() where relevance[item] { return 1 / Double(rank + 1) }
    return 0
}
