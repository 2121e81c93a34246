import Encoders
import Retrieval
import Tensors
import Testing

@Suite struct QuantizationTests {
    struct Case: Decodable {
        let precision: String
        let embeddings: [[Float]]
        let ranges: [[Float]]?
        let calibration: [[Float]]?
        let codes: [[Int64]]
        let dequantized: [[Double]]?
    }

    @Test func codesAreThoseOfTheReference() throws {
        for (number, test) in try retrievalFixture("quantization", as: [Case].self).enumerated() {
            let precision = try #require(EmbeddingPrecision(rawValue: test.precision))
            let own = try QuantizedEmbeddings(matrix(test.embeddings), precision: precision, ranges: test.ranges.map(matrix),
                                              calibration: test.calibration.map(matrix))
            #expect(own.values().integerArray() == test.codes.flatMap { $0 }, "case \(number)")
            guard let wanted = test.dequantized?.flatMap({ $0 }) else { continue }
            #expect(zip(own.dequantized().floatArray(), wanted).allSatisfy { abs(Double($0) - $1) < 1e-5 }, "case \(number)")
        }
    }

    struct Search: Decodable {
        struct Case: Decodable {
            let precision: String
            let multiplier: Int
            let hits: [[[Double]]]
        }
        let corpus: [[Float]]
        let queries: [[Float]]
        let cases: [Case]
    }

    @Test func rescoredSearchFindsWhatTheReferenceFinds() throws {
        let fixture = try retrievalFixture("quantized_search", as: Search.self)
        for test in fixture.cases {
            let corpus = try QuantizedEmbeddings(matrix(fixture.corpus), precision: try #require(EmbeddingPrecision(rawValue: test.precision)))
            var options = QuantizedSearchOptions()
            options.topK = 4
            options.rescoreMultiplier = test.multiplier
            let found = try semanticSearch(matrix(fixture.queries), in: corpus, options: options)
            for (own, wanted) in zip(found, test.hits) {
                #expect(own.map(\.corpusId) == wanted.map { Int($0[0]) }, "\(test.precision) \(test.multiplier)")
                #expect(zip(own, wanted).allSatisfy { abs(Double($0.score) - $1[1]) < 1e-5 })
            }
        }
    }

    @Test func withoutRescoringTheScoreCountsDifferentBits() throws {
        let corpus = try QuantizedEmbeddings(matrix([[1, 1, -1], [-1, -1, -1], [1, 1, 1]]), precision: .binary)
        var options = QuantizedSearchOptions()
        options.rescore = false
        let hits = try semanticSearch(Tensor([0.5, 0.2, 0.1] as [Float]), in: corpus, options: options)[0]
        #expect(hits == [SearchHit(corpusId: 2, score: 0), SearchHit(corpusId: 0, score: -1), SearchHit(corpusId: 1, score: -3)])
    }

    @Test func aSingleEmbeddingHasNoRange() throws {
        let one = matrix([[0.1, 0.25]])
        #expect { try QuantizedEmbeddings(one, precision: .int8) } throws: { "\($0)".contains("range of a single embedding") }
        #expect(try QuantizedEmbeddings(one, precision: .int8, ranges: matrix([[0, 0], [1, 1]])).values().integerArray() == [-103, -65])
        #expect(try QuantizedEmbeddings(matrix([]), precision: .binary).rowCount == 0)
        #expect { try QuantizedEmbeddings(one, precision: .int8, ranges: one) } throws: { "\($0)".contains("ranges of shape [2, 2]") }
    }
}
