import Testing
import Benchmark

@Suite struct MatrixWorkTests {
    private let small = MatrixWork(layers: 2, hidden: 4, intermediate: 8, vocabulary: 100)

    /// Every product of one layer by itself, `[m, k] x [k, n]`.
    private func layer(_ lengths: [Int], asking: [Int]) -> Double {
        var sum = 0
        func product(_ m: Int, _ n: Int, _ k: Int) { sum += 2 * m * n * k }
        let tokens = lengths.reduce(0, +), rows = asking.reduce(0, +)
        product(rows, 4, 4)        // queries
        product(tokens, 8, 4)      // keys and values
        for (length, asks) in zip(lengths, asking) {
            product(asks, length, 4)   // scores, over all heads
            product(asks, 4, length)   // weighted values
        }
        product(rows, 4, 4)        // output projection
        product(rows, 8, 4)
        product(rows, 4, 8)
        return Double(sum)
    }

    @Test func aPassIsTheSumOfItsProducts() {
        let lengths = [3, 5]
        #expect(small.forward(lengths: lengths) == 2 * layer(lengths, asking: lengths))
        #expect(small.forward(lengths: lengths, firstOnly: true) == layer(lengths, asking: lengths) + layer(lengths, asking: [1, 1]))
    }

    @Test func paddingDoesNotCount() {
        #expect(small.forward(lengths: [3]) + small.forward(lengths: [5]) == small.forward(lengths: [3, 5]))
        #expect(small.forward(lengths: []) == 0)
    }

    @Test func aTrainingStepIsThreePasses() {
        let lengths = [3, 5, 2, 2], pass = small.forward(lengths: lengths)
        #expect(small.operations(of: .encode, lengths: lengths, rows: 4) == pass)
        #expect(small.operations(of: .ranking, lengths: lengths, rows: 2) == 3 * (pass + 2 * 2 * 2 * 4))
        #expect(small.operations(of: .cachedRanking, lengths: lengths, rows: 2) == 4 * pass + 3 * 2 * 2 * 2 * 4)
        #expect(small.operations(of: .crossEntropy, lengths: lengths, rows: 4) == 3 * small.forward(lengths: lengths, firstOnly: true))
        #expect(small.operations(of: .tokenize, lengths: lengths, rows: 4) == 0)
    }

    @Test func partsOfEmbeddingsTakeTheProductsOfTheLongest() {
        #expect(small.operations(of: .matryoshka, lengths: [3, 5], rows: 2) == 3 * 2 * 2 * 2 * 1024)
    }

    @Test func theVocabularyIsMultipliedOnceOnly() {
        let step = small.operations(of: .splade, lengths: [3, 5], rows: 1)
        let encoder = 3 * small.forward(lengths: [3, 5]), transform = 3.0 * 2 * 8 * 4 * 4, scores = 3.0 * 2 * 100
        #expect(step == encoder + transform + scores + 2 * 8 * 4 * 100)
    }
}
