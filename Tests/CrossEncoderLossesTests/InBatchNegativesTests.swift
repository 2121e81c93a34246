import Datasets
import Encoders
import CrossEncoderLosses
import Losses
import Tensors
import Testing

/// Scores every pair with one and remembers the pairs.
private final class RecordingScorer: PairScorer {
    let numLabels = 1
    private(set) var pairs: [TextPair] = []

    func logits(_ pairs: [TextPair]) throws -> Tensor {
        self.pairs += pairs
        return Tensor(repeating: 1, shape: [pairs.count, 1])
    }
}

private func column(_ letter: String, _ count: Int) -> [DatasetValue] { (0..<count).map { .string("\(letter)\($0)") } }

@Test(arguments: [(5, 1, 3), (6, 2, 4), (4, 1, 100), (2, 3, 1)])
func drawn_negatives_come_from_other_rows_without_repetition(rows: Int, columns: Int, count: Int) throws {
    let scorer = RecordingScorer()
    let loss = try MultipleNegativesRankingLoss(model: scorer, negativeCount: count, generator: Generator(seed: 3))
    let inputs = [column("q", rows)] + (0..<columns).map { column(["p", "n", "m"][$0], rows) }
    _ = try loss.value(of: LossBatch(inputs: inputs, labels: nil))

    let drawn = min(count, (rows - 1) * columns)
    #expect(scorer.pairs.count == rows * (1 + drawn + columns - 1))
    #expect(Array(scorer.pairs[0..<rows]) == (0..<rows).map { TextPair("q\($0)", "p\($0)") })
    for row in 0..<rows {
        let own = (0..<drawn).map { scorer.pairs[(1 + $0) * rows + row] }
        #expect(own.allSatisfy { $0.first == "q\(row)" && $0.second.dropFirst() != "\(row)" })
        #expect(Set(own).count == drawn)
    }
}

@Test func drawn_negatives_depend_on_the_seed_alone() throws {
    func pairs(seed: UInt64) throws -> [TextPair] {
        let scorer = RecordingScorer()
        let loss = try MultipleNegativesRankingLoss(model: scorer, negativeCount: 3, generator: Generator(seed: seed))
        for _ in 0..<2 { _ = try loss.value(of: LossBatch(inputs: [column("q", 12), column("p", 12)], labels: nil)) }
        return scorer.pairs
    }
    let first = try pairs(seed: 5)
    #expect(try pairs(seed: 5) == first)
    #expect(try pairs(seed: 6) != first)
    #expect(first[..<(first.count / 2)] != first[(first.count / 2)...])
}

@Test func every_candidate_is_drawn_about_equally_often() throws {
    let scorer = RecordingScorer()
    let loss = try MultipleNegativesRankingLoss(model: scorer, negativeCount: 2, generator: Generator(seed: 1))
    let batch = LossBatch(inputs: [column("q", 6), column("p", 6)], labels: nil)
    for _ in 0..<1000 { _ = try loss.value(of: batch) }
    var counts: [TextPair: Int] = [:]
    for pair in scorer.pairs where pair.first.dropFirst() != pair.second.dropFirst() { counts[pair, default: 0] += 1 }
    // Two of five candidates in a thousand draws: 400 expected, standard deviation 15.
    #expect(counts.count == 30)
    #expect(counts.values.allSatisfy { (330...470).contains($0) })
}

@Test func a_batch_of_one_row_has_nothing_to_rank_and_costs_nothing() throws {
    let loss = try MultipleNegativesRankingLoss(model: RecordingScorer())
    #expect(try loss.value(of: LossBatch(inputs: [column("q", 1), column("p", 1)], labels: nil)).floatArray() == [0])
}
