import Encoders
import Kernels
import Retrieval
import Tensors
import Testing

@Suite struct SearchTests {
    func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
        var stream = Generator(seed: seed).nextStream()
        return Tensor((0 ..< rows * columns).map { _ in Float.random(in: -1...1, using: &stream) }, shape: [rows, columns])
    }

    @Test(arguments: SimilarityFunction.allCases)
    func searchFindsWhatTheReferenceFinds(similarity: SimilarityFunction) throws {
        let fixture = try MiningFixture.load()
        let queries = Tensor((0..<10).flatMap { fixture.vectors["q\($0)"]! }, shape: [10, 6])
        let corpus = Tensor(fixture.extra.flatMap { fixture.vectors[$0]! }, shape: [fixture.extra.count, 6])
        let found = try semanticSearch(queries, in: corpus, topK: 4, function: ScoreFunction(similarity))
        let expected = try #require(fixture.search[similarity.rawValue])
        for (hits, expectedHits) in zip(found, expected) {
            #expect(hits.map(\.corpusId) == expectedHits.map { Int($0[0]) })
            #expect(zip(hits, expectedHits).allSatisfy { abs(Double($0.score) - $1[1]) < 1e-5 })
        }
    }

    /// Sizes on both sides of the block limits.
    @Test(arguments: [(1, 1, 1), (3, 17, 5), (7, 2_048, 2_048), (5, 2_049, 40), (4_099, 33, 33), (2, 9_000, 100)])
    func blockedSearchEqualsSortingAllScores(queryCount: Int, rowCount: Int, k: Int) throws {
        let queries = random(queryCount, 8, seed: 1)
        let corpus = random(rowCount, 8, seed: 2)
        let found = try NearestNeighbours(of: queries, in: corpus, k: k, similarity: .dot)
        #expect(found.k == k && found.queryCount == queryCount)
        for query in Set([0, queryCount / 2, queryCount - 1]) {
            let scores = (0..<rowCount).map { dotProduct(queries.floats + query * 8, corpus.floats + $0 * 8, count: 8) }
            let sorted = scores.sorted(by: >).prefix(k)
            let own = found.scores[query * k ..< (query + 1) * k]
            #expect(zip(own, sorted).allSatisfy { abs($0 - $1) < 1e-5 })
            #expect(Set(found.indices[query * k ..< (query + 1) * k]).count == k)
            #expect((query * k ..< (query + 1) * k).allSatisfy { abs(scores[Int(found.indices[$0])] - found.scores[$0]) < 1e-5 })
        }
    }

    @Test func equalScoresKeepTheOrderOfTheCorpus() throws {
        let corpus = Tensor([Float](repeating: 1, count: 5_000), shape: [5_000, 1])
        let found = try NearestNeighbours(of: Tensor([Float(1)], shape: [1, 1]), in: corpus, k: 6)
        #expect(found.indices == [0, 1, 2, 3, 4, 5])
    }

    @Test func askingForMoreThanTheCorpusGivesTheCorpus() throws {
        #expect(try semanticSearch(random(2, 4, seed: 1), in: random(3, 4, seed: 2), topK: 10).map(\.count) == [3, 3])
        #expect(try semanticSearch(random(2, 4, seed: 1), in: random(0, 4, seed: 2)).map(\.count) == [0, 0])
    }

    @Test func aSingleVectorIsOneQuery() throws {
        #expect(try semanticSearch(Tensor([1, 0, 0, 0] as [Float]), in: random(3, 4, seed: 2), topK: 1).count == 1)
    }

    @Test func embeddingsThatDoNotFitAreRefused() {
        #expect { try semanticSearch(random(2, 4, seed: 1), in: random(3, 5, seed: 2)) } throws: { "\($0)".contains("4 and 5") }
        let broken = Tensor([1, .nan] as [Float], shape: [1, 2])
        #expect { try semanticSearch(random(2, 2, seed: 1), in: broken) } throws: { "\($0)".contains("corpus embedding 1 of 1") }
    }

    @Test(arguments: SimilarityFunction.allCases)
    func pairwiseIsTheDiagonalOfTheMatrix(similarity: SimilarityFunction) throws {
        let (a, b) = (random(5, 19, seed: 1), random(5, 19, seed: 2))
        let (pairs, matrix) = (try similarity.pairwise(a, b), try similarity.matrix(a, b))
        #expect((0..<5).allSatisfy { abs(pairs.floats[$0] - matrix.floats[$0 * 6]) < 1e-5 })
    }
}
