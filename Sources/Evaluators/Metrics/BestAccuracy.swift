/// The accuracy of the best threshold on a score, and that threshold.
public struct BestAccuracy: Equatable {
    /// Share of items on the right side.
    public let accuracy: Double
    /// Items that score at least this much are called positive.
    public let threshold: Float

    /// Tries every threshold that separates two different scores, from the one that calls nothing positive downwards;
    /// the first of equally good ones wins.
    ///
    /// - Parameter labels: whether each item is positive; not empty, as many as `ranking` has.
    public init(labels: [Bool], ranking: Ranking) {
        let count = Double(ranking.count)
        var positives = 0
        var negativesBelow = labels.reduce(0) { $1 ? $0 : $0 + 1 }
        var accuracy = Double(negativesBelow) / count
        var threshold = ranking.scores[ranking.order[0]].nextUp
        ranking.forEachTie { tie in
            for rank in tie {
                if labels[ranking.order[rank]] { positives += 1 } else { negativesBelow -= 1 }
            }
            let candidate = Double(positives + negativesBelow) / count
            if candidate > accuracy {
                accuracy = candidate
                threshold = ranking.threshold(after: tie)
            }
        }
        self.accuracy = accuracy
        self.threshold = threshold
    }
}
