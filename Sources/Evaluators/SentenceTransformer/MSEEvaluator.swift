import Encoders
import Kernels
import Tensors
import TextFormat

/// Measures how far a student's embeddings are from a teacher's: the mean squared difference of their elements, times 100.
/// Key: `negative_mse` (primary), which is minus that, so that greater is better.
public final class MSEEvaluator: EmbeddingEvaluator {
    public typealias Options = EmbeddingEvaluatorOptions

    public static let defaultBatchSize = 32
    public let shared: EmbeddingEvaluatorOptions
    private let targetSentences: [String]
    private let wanted: Tensor

    /// - Parameters:
    ///   - sourceEmbeddings: what the teacher makes of the source sentences, `[sentences, dimension]`.
    ///   - targetSentences: what the student embeds: the same sentences, or their translations.
    /// - Throws: ``EvaluatorError`` if there are not as many of both, or none.
    public init(
        sourceEmbeddings: Tensor, targetSentences: [String], options: Options = Options(batchSize: MSEEvaluator.defaultBatchSize)
    ) throws {
        shared = options
        self.targetSentences = targetSentences
        wanted = sourceEmbeddings.toFloat32().contiguous()
        try checkLengths([("source_sentences", sourceEmbeddings.shape.first ?? 0), ("target_sentences", targetSentences.count)])
    }

    /// Embeds the source sentences with the teacher, at once.
    public convenience init(
        sourceSentences: [String], targetSentences: [String], teacher: any TextEmbedder,
        options: Options = Options(batchSize: MSEEvaluator.defaultBatchSize), onBatch: ((Int, Int) throws -> Void)? = nil
    ) throws {
        let encoding = EncodeOptions(batchSize: options.batchSize, truncateDim: options.truncateDim, onBatch: onBatch)
        try self.init(sourceEmbeddings: try teacher.encode(sourceSentences, as: .any, options: encoding), targetSentences: targetSentences,
                      options: options)
    }

    public var primaryMetric: String { prefixed("negative_mse") }
    public var metricKeys: [String]? { [primaryMetric] }
    public var sampleTexts: [String] { Array(targetSentences.prefix(1_000)) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let run = try EmbeddingRun(model, for: self, at: moment, total: targetSentences.count)
        let given = try run.embeddings(of: targetSentences)
        guard given.shape == wanted.shape else {
            throw EvaluatorError("\(typeName): the student's embeddings have \(given.shape[1]) elements, the teacher's \(wanted.shape[1]); "
                + "add a Dense module to the student, or set truncate_dim")
        }
        let dimension = given.shape[1]
        let sum = (0..<given.shape[0]).reduce(0.0) {
            $0 + Double(squaredDistance(given.floats + $1 * dimension, wanted.floats + $1 * dimension, count: dimension))
        }
        let error = Double(Float(sum / Double(max(1, given.count)) * 100))
        // The reference writes the file name with both underscores even where there is no name between them.
        try write(MetricsFile(name: "mse_evaluation_\(name)_results.csv", columns: ["MSE"]), [error.description], at: moment)
        moment.log?(headline("Mean squared error", "\(targetSentences.count) texts, times 100: \(error.fixed(6))"))
        return metrics(["negative_mse"], [-error])
    }
}
