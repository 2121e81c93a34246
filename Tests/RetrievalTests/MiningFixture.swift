import Datasets
import Encoders
import Foundation
import Retrieval
import Tensors
import Testing

/// What the reference mined from made-up embeddings, by options.
struct MiningFixture: Decodable {
    struct Options: Decodable {
        var output_format: String?
        var output_scores: Bool?
        var num_negatives: Int?
        var corpus: Bool?
        var cross_encoder: Bool?
        var include_positives: Bool?
        var range_min: Int?
        var range_max: Int?
        var relative_margin: Double?
        var absolute_margin: Double?
        var max_score: Double?
        var min_score: Double?
        var similarity: String?
        var query_prompt: String?
        var query_prompt_name: String?
        var corpus_prompt: String?
        var corpus_prompt_name: String?

        func miningOptions() throws -> MiningOptions {
            var options = MiningOptions()
            if let output_format { options.outputFormat = try #require(MiningOptions.OutputFormat(rawValue: output_format)) }
            options.outputScores = output_scores ?? false
            options.numNegatives = num_negatives ?? 3
            options.includePositives = include_positives ?? false
            options.rangeMin = range_min ?? 0
            options.rangeMax = range_max
            options.relativeMargin = relative_margin
            options.absoluteMargin = absolute_margin
            options.maxScore = max_score
            options.minScore = min_score
            options.queryPrompt = EmbeddingPrompt(text: query_prompt, name: query_prompt_name)
            options.corpusPrompt = EmbeddingPrompt(text: corpus_prompt, name: corpus_prompt_name)
            return options
        }
    }

    /// A cell of a mined row.
    enum Cell: Decodable, Equatable {
        case text(String), number(Double), texts([String]), numbers([Double])

        init(from decoder: Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let value = try? container.decode(String.self) {
                self = .text(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else if let value = try? container.decode([String].self) {
                self = .texts(value)
            } else {
                self = .numbers(try container.decode([Double].self))
            }
        }

        /// Whether a mined cell says the same, scores to 1e-5.
        func agrees(with cell: DatasetValue) -> Bool {
            switch self {
            case .text(let text): return cell == .string(text)
            case .number(let number): return abs((cell.asDouble ?? .infinity) - number) <= 1e-5
            case .texts(let texts): return cell == .list(texts.map { .string($0) })
            case .numbers(let numbers):
                guard let cells = cell.asList, cells.count == numbers.count else { return false }
                return zip(cells, numbers).allSatisfy { abs(($0.asDouble ?? .infinity) - $1) <= 1e-5 }
            }
        }
    }

    struct Case: Decodable {
        let options: Options
        let columns: [String]
        let rows: [[Cell]]
        let statistics: [String: [Double?]]
    }

    let vectors: [String: [Float]]
    let rows: [[String]]
    let extra: [String]
    let cases: [Case]
    let search: [String: [[[Double]]]]

    static func load() throws -> MiningFixture {
        let url = try #require(Bundle.module.url(forResource: "mining", withExtension: "json", subdirectory: "Fixtures"))
        return try JSONDecoder().decode(MiningFixture.self, from: Data(contentsOf: url))
    }
}

/// Looks vectors up. A prompt turns the vector, so that it is seen whether the right one was used.
final class FakeEmbedder: TextEmbedder {
    let vectors: [String: [Float]]
    let similarityFunction: SimilarityFunction
    private(set) var embeddedCount = 0

    init(_ vectors: [String: [Float]], similarity: SimilarityFunction = .cosine) {
        self.vectors = vectors
        similarityFunction = similarity
    }

    func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        embeddedCount += texts.count
        let shift = (options.prompt ?? "").count + 2 * (options.promptName ?? "").count
        let rows = texts.map { text -> [Float] in
            let vector = vectors[text]!
            let turned = vector.indices.map { vector[(($0 - shift) % vector.count + vector.count) % vector.count] }
            let length = turned.reduce(0) { $0 + $1 * $1 }.squareRoot()
            return turned.map { $0 / length }
        }
        return Tensor(rows.flatMap { $0 }, shape: [texts.count, rows[0].count])
    }
}

/// Scores a pair from the same vectors in another way.
final class FakeCrossEncoder: PairRescorer {
    let vectors: [String: [Float]]

    init(_ vectors: [String: [Float]]) { self.vectors = vectors }

    func rescore(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor {
        Tensor(pairs.map { pair -> Float in
            let dot = zip(vectors[pair.first]!, vectors[pair.second]!).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            return Float(1 / (1 + exp(-dot)))
        })
    }
}
