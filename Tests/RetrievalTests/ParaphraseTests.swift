import Encoders
import Retrieval
import Tensors
import Testing

@Suite struct ParaphraseTests {
    struct Paraphrases: Decodable {
        struct Case: Decodable {
            struct Options: Decodable { let top_k: Int?, max_pairs: Int?, query_chunk_size: Int? }
            let function: String
            let options: Options
            let pairs: [[Double]]
        }
        let embeddings: [[Float]]
        let cases: [Case]
    }

    @Test func pairsAreThoseOfTheReference() throws {
        let fixture = try retrievalFixture("paraphrases", as: Paraphrases.self)
        for (number, test) in fixture.cases.enumerated() {
            var options = ParaphraseOptions()
            options.function = ScoreFunction(try #require(SimilarityFunction(rawValue: test.function)))
            options.topK = test.options.top_k ?? options.topK
            options.maxPairs = test.options.max_pairs ?? options.maxPairs
            options.queryChunkSize = test.options.query_chunk_size ?? options.queryChunkSize
            let own = try paraphraseMining(matrix(fixture.embeddings), options: options)
            #expect(own.map { [$0.first, $0.second] } == test.pairs.map { [Int($0[1]), Int($0[2])] }, "case \(number)")
            #expect(zip(own, test.pairs).allSatisfy { abs(Double($0.score) - $1[0]) < 1e-5 }, "case \(number)")
        }
    }

    @Test func manyPairsAreKeptDownToTheLimit() throws {
        var stream = Generator(seed: 3).nextStream()
        let embeddings = Tensor((0 ..< 400 * 4).map { _ in Float.random(in: -1...1, using: &stream) }, shape: [400, 4])
        var options = ParaphraseOptions()
        options.topK = 399
        let all = try paraphraseMining(embeddings, options: options)
        #expect(all.count == 400 * 399 / 2)
        options.maxPairs = 50
        #expect(try paraphraseMining(embeddings, options: options) == Array(all.prefix(50)))
    }

    struct Communities: Decodable {
        struct Case: Decodable { let threshold: Double, size: Int, batch: Int, communities: [[Int]] }
        let embeddings: [[Float]]
        let cases: [Case]
    }

    @Test func communitiesAreThoseOfTheReference() throws {
        let fixture = try retrievalFixture("communities", as: Communities.self)
        for test in fixture.cases {
            var options = CommunityOptions()
            options.threshold = test.threshold
            options.minCommunitySize = test.size
            options.batchSize = test.batch
            #expect(try communityDetection(matrix(fixture.embeddings), options: options) == test.communities, "\(test.threshold)")
        }
    }

    /// The corpus in pieces, and a function that is no built-in one, find the same.
    @Test(arguments: [1, 7, 2_500]) func aSearchOverPiecesEqualsOneOverTheWhole(piece: Int) throws {
        var stream = Generator(seed: 9).nextStream()
        let queries = Tensor((0 ..< 5 * 6).map { _ in Float.random(in: -1...1, using: &stream) }, shape: [5, 6])
        let corpus = Tensor((0 ..< 3_000 * 6).map { _ in Float.random(in: -1...1, using: &stream).rounded() }, shape: [3_000, 6])
        for function in [ScoreFunction(.cosine), ScoreFunction(.manhattan),
            ScoreFunction(name: "twice") { try SimilarityFunction.cosine.matrix($0, $1) * 2 }] {
            let whole = try NearestNeighbours(of: queries, in: corpus, k: 20, function: function)
            let search = try TopKSearch(queries: queries, k: 20, function: function)
            for start in stride(from: 0, to: 3_000, by: piece) {
                try search.add(try corpus.narrow(dim: 0, start: start, length: min(piece, 3_000 - start)))
            }
            let pieces = search.result()
            #expect(zip(pieces.scores, whole.scores).allSatisfy { abs($0 - $1) < 1e-6 })
            if function.name != "twice" { continue }
            let plain = try NearestNeighbours(of: queries, in: corpus, k: 20)
            #expect(zip(pieces.scores, plain.scores).allSatisfy { abs($0 - 2 * $1) < 1e-5 })
        }
    }

    @Test func aScoreFunctionOfTheWrongShapeIsAnError() throws {
        let rows = matrix([[1, 2], [3, 4]])
        #expect { try semanticSearch(rows, in: rows, function: ScoreFunction(name: "odd") { _, _ in matrix([[0]]) }) } throws: {
            "\($0)".contains("score function 'odd': scores of shape [2, 2]")
        }
    }

    @Test func limitsOfAnySizeAreKept() throws {
        let embeddings = matrix([[1, 0], [0.9, 0.1], [0, 1]])
        var options = ParaphraseOptions()
        options.topK = .max
        options.maxPairs = .max
        options.queryChunkSize = .max
        #expect(try paraphraseMining(embeddings, options: options).count == 3)
        options.maxPairs = 0
        #expect { try paraphraseMining(embeddings, options: options) } throws: { "\($0)".contains("max_pairs 0; both must be at least 1") }
        #expect { try semanticSearch(embeddings, in: embeddings, topK: 0) } throws: { "\($0)".contains("top_k is 0") }
        #expect(try semanticSearch(embeddings, in: embeddings, topK: .max)[0].count == 3)
    }

    @Test func embeddingsThatAreNoNumbersBelongToNoGroup() {
        #expect { try communityDetection(matrix([[1, 0], [.nan, 0]])) } throws: { "\($0)".contains("embedding 2 of 2 holds nan") }
    }
}
