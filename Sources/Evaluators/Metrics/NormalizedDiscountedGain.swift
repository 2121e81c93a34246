import Glibc

/// nDCG@k for items that are relevant or not: the gain of a relevant item at rank r (from 1) is `1 / log2(r + 1)`,
/// summed over the first `k` ranks and divided by what the best order would reach. 0 if nothing is relevant.
///
/// Items of equal score share their ranks' discounts evenly, so the result does not depend on how ties are broken
/// (McSherry and Najork, "Computing information retrieval performance measures efficiently in the presence of tied
/// scores", 2008).
///
/// - Parameter relevance: by item, as many as `ranking` has.
public func normalizedDiscountedGain(relevance: [Bool], ranking: Ranking, k: Int) -> Double {
    let relevantCount = relevance.reduce(0) { $1 ? $0 + 1 : $0 }
    if relevantCount == 0 || k <= 0 { return 0 }
    var gain = 0.0
    ranking.forEachTie { tie in
        if tie.lowerBound >= k { return }
        let relevant = tie.reduce(0) { relevance[ranking.order[$1]] ? $0 + 1 : $0 }
        if relevant == 0 { return }
        gain += Double(relevant) / Double(tie.count) * discount(tie.clamped(to: 0..<k))
    }
    return gain / discount(0 ..< min(k, relevantCount))
}

/// The discounts of `ranks`, which count from 0, added up.
private func discount(_ ranks: Range<Int>) -> Double { ranks.reduce(0) { $0 + 1 / log2(Double($1 + 2)) } }
