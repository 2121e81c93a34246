/// Average precision: the precision at each threshold that lets in more relevant items, weighted by the share of
/// relevant items it lets in. Items of equal score come in together. 0 if nothing is relevant.
///
/// - Parameter relevance: by item, as many as `ranking` has.
public func averagePrecision(relevance: [Bool], ranking: Ranking) -> Double {
    let relevantCount = relevance.reduce(0) { $1 ? $0 + 1 : $0 }
    if relevantCount == 0 { return 0 }
    var found = 0
    var sum = 0.0
    ranking.forEachTie { tie in
        let relevant = tie.reduce(0) { relevance[ranking.order[$1]] ? $0 + 1 : $0 }
        found += relevant
        sum += Double(relevant) * Double(found) / Double(tie.upperBound)
    }
    return sum / Double(relevantCount)
}
