/// One ranking out of several: a document's score is the sum of `1 / (k + rank)` over the rankings that hold it, with ranks from 1
/// (Cormack, Clarke and Büttcher, SIGIR 2009). Scores of the rankings do not matter, so any searches can be joined.
///
/// - Returns: the `topK` best, best first, the lower of equals first.
public func reciprocalRankFusion(_ rankings: [[SearchHit]], k: Double = 60, topK: Int = 10) -> [SearchHit] {
    var scores: [Int: Double] = [:]
    for ranking in rankings {
        var seen: Set<Int> = []
        for (position, hit) in ranking.enumerated() where seen.insert(hit.corpusId).inserted {
            scores[hit.corpusId, default: 0] += 1 / (k + Double(position + 1))
        }
    }
    let order = scores.sorted { $0.value == $1.value ? $0.key < $1.key : $0.value > $1.value }
    return order.prefix(max(0, topK)).map { SearchHit(corpusId: $0.key, score: Float($0.value)) }
}
