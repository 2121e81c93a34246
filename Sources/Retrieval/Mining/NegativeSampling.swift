import Tensors

/// The negatives of each query: those of the filtered candidates within `range` of the ranking, at most
/// `numNegatives`, best first.
func sampleNegatives(_ candidates: [[Candidate]], range: Range<Int>, options: MiningOptions) -> [[Candidate]] {
    candidates.map { candidates in
        // Candidates of equal score keep the retriever's order.
        let ranked = candidates.enumerated()
            .sorted { $0.element.score != $1.element.score ? $0.element.score > $1.element.score : $0.offset < $1.offset }
            .map(\.element)
        let eligible = ranked[min(range.lowerBound, ranked.count) ..< min(range.upperBound, ranked.count)]
        if options.samplingStrategy == .top || eligible.count <= options.numNegatives {
            return Array(eligible.prefix(options.numNegatives))
        }
        let chosen = options.generator.permutation(eligible.count).prefix(options.numNegatives).sorted()
        return chosen.map { eligible[eligible.startIndex + $0] }
    }
}
