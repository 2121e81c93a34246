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

    @Test func valuesThatDifferByRoundingAloneHaveOneCode() throws {
        // The same text in two batches: the last bits differ.
        let twice = matrix([[0.1, -0.25, 0.5], [(0.1 as Float).nextUp, (-0.25 as Float).nextDown, 0.5]])
        for precision in [EmbeddingPrecision.int8, .uint8] {
            let quantized = try QuantizedEmbeddings(twice, precision: precision)
            let codes = quantized.values().integerArray()
            #expect(Array(codes[0..<3]) == Array(codes[3..<6]))
            #expect(zip(quantized.dequantized().floatArray(), twice.floatArray()).allSatisfy { abs($0 - $1) < 1e-6 })
        }
        // Beside columns that do vary, a constant one takes nothing away.
        let codes = try QuantizedEmbeddings(matrix([[1, 0.5], [(1 as Float).nextUp, -0.5]]), precision: .uint8).values().integerArray()
        #expect(codes[0] == codes[2] && codes[1] > codes[3] + 250)
    }

    @Test func fewEmbeddingsAreNoted() throws {
        let few = try QuantizedEmbeddings(matrix([[0.1, 0.2], [0.3, 0.4]]), precision: .int8)
        #expect(few.notes.count == 1 && few.notes[0].contains("the ranges of int8 are taken from 2 embeddings"))
        let many = matrix((0..<100).map { [Float($0), 1 - Float($0)] })
        #expect(try QuantizedEmbeddings(many, precision: .int8).notes.isEmpty)
        #expect(try QuantizedEmbeddings(matrix([[0.1, 0.2]]), precision: .int8, ranges: matrix([[0, 0], [1, 1]])).notes.isEmpty)
        #expect(try QuantizedEmbeddings(matrix([[0.1, 0.2]]), precision: .int8, calibration: matrix([[0, 0], [1, 1]])).notes.count == 1)
        #expect(try QuantizedEmbeddings(matrix([[0.1, 0.2]]), precision: .binary).notes.isEmpty)
    }

    @Test func whatHasNoCodeIsRefused() throws {
        let plain = matrix([[0.1, 0.2], [0.3, 0.4]]), broken = matrix([[0.1, 0.2], [0.3, .nan]])
        for precision in [EmbeddingPrecision.int8, .uint8, .binary, .ubinary] {
            #expect { try QuantizedEmbeddings(broken, precision: precision) } throws: { "\($0)".contains("embedding 2 of 2 holds nan") }
        }
        #expect { try QuantizedEmbeddings(plain, precision: .int8, calibration: broken) } throws: { "\($0)".contains("calibration embedding 2 of 2") }
        for ranges in [[[1, 0], [0, 1]], [[0, 0], [1, .nan]], [[-.infinity, 0], [1, 1]]] as [[[Float]]] {
            #expect { try QuantizedEmbeddings(plain, precision: .int8, ranges: matrix(ranges)) } throws: { "\($0)".contains("quantize: ranges go from") }
        }
    }

    @Test func moreCandidatesThanThereAreIsAllOfThem() throws {
        let corpus = try QuantizedEmbeddings(matrix([[1, 1, -1], [-1, -1, -1]]), precision: .binary)
        var options = QuantizedSearchOptions()
        options.topK = .max
        options.rescoreMultiplier = .max
        #expect(try semanticSearch(Tensor([0.5, 0.2, 0.1] as [Float]), in: corpus, options: options)[0].count == 2)
        options.topK = 0
        #expect { try semanticSearch(Tensor([0.5, 0.2, 0.1] as [Float]), in: corpus, options: options) } throws: { "\($0)".contains("top_k is 0") }
    }
}
