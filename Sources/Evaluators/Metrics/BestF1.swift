/// The F1 score of the best threshold on a score, with its precision, recall and that threshold.
public struct BestF1: Equatable {
    /// Harmonic mean of precision and recall; 0 if nothing is positive.
    public let f1: Double
    public let precision: Double
    public let recall: Double
    /// Items that score at least this much are called positive; 0 if nothing is positive.
    public let threshold: Float

    /// Tries every threshold that separates two different scores, downwards; the first of equally good ones wins.
    ///
    /// - Parameter labels: whether each item is positive, as many as `ranking` has.
    public init(labels: [Bool], ranking: Ranking) {
        let positiveCount = labels.reduce(0) { $1 ? $0 + 1 : $0 }
        var best = (f1: 0.0, precision: 0.0, recall: 0.0, threshold: Float(0))
        var found = 0
        ranking.forEachTie { tie in
            for rank in tie where labels[ranking.order[rank]] { found += 1 }
            if found == 0 { return }
            let precision = Double(found) / Double(tie.upperBound)
            let recall = Double(found) / Double(positiveCount)
            let f1 = 2 * precision * recall / (precision + recall)
            if f1 > best.f1 { best = (f1, precision, recall, ranking.threshold(after: tie)) }
        }
        f1 = best.f1
        precision = best.precision
        recall = best.recall
        threshold = best.threshold
    }
}
