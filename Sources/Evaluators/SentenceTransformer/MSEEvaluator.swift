import Encoders
import Kernels
import Tensors
import TextFormat

/// Measures how far a student's embeddings are from a teacher's: the mean squared difference of their elements, times 100.
/// Key: `negative_mse` (primary), which is minus that, so that greater is better.
public class MSEEvaluator: EmbeddingEvaluator {
    public typealias Options = EmbeddingEvaluatorOptions

    public static let defaultBatchSize = 32
    public let shared: EmbeddingEvaluatorOptions
    private let targetSentences: [String]
    private let wanted: TextEmbeddings

    /// - Parameters:
    ///   - sourceEmbeddings: what the teacher makes of the source sentences, a row each.
    ///   - targetSentences: what the student embeds: the same sentences, or their translations.
    /// - Throws: ``EvaluatorError`` if there are not as many of both, or none.
    public init(
        sourceEmbeddings: TextEmbeddings, targetSentences: [String], options: Options = Options(batchSize: MSEEvaluator.defaultBatchSize)
    ) throws {
        shared = options
        self.targetSentences = targetSentences
        switch sourceEmbeddings {
        case .dense(let tensor): wanted = .dense(try tensor.toFloat32().contiguous())
        case .sparse: wanted = sourceEmbeddings
        }
        try checkLengths([("source_sentences", sourceEmbeddings.rowCount), ("target_sentences", targetSentences.count)])
        if makeSparsityMeter() != nil, case .dense = sourceEmbeddings {
            throw EvaluatorError("\(typeName): teacher_model is a model of dense embeddings, a SparseEncoder is wanted")
        }
    }

    /// Embeds the source sentences with the teacher, at once.
    public convenience init(
        sourceSentences: [String], targetSentences: [String], teacher: any TextEmbedder,
        options: Options = Options(batchSize: MSEEvaluator.defaultBatchSize), onBatch: ((Int, Int) throws -> Void)? = nil
    ) throws {
        let encoding = EncodeOptions(batchSize: options.batchSize, truncateDim: options.truncateDim, maxActiveDims: options.maxActiveDims,
                                     onBatch: onBatch)
        try self.init(sourceEmbeddings: try teacher.embeddings(of: sourceSentences, as: .any, options: encoding),
                      targetSentences: targetSentences, options: options)
    }

    public func makeSparsityMeter() -> SparsityMeter? { nil }

    public var primaryMetric: String { prefixed("negative_mse") }
    public var metricKeys: [String]? { [primaryMetric] + sparsityKeys.map(prefixed) }
    public var sampleTexts: [String] { Array(targetSentences.prefix(1_000)) }

    public func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let run = try EmbeddingRun(model, for: self, at: moment, total: targetSentences.count)
        let given = try run.embeddings(of: targetSentences)
        let meter = makeSparsityMeter()
        meter?.count(given)
        guard given.dimension == wanted.dimension else {
            throw EvaluatorError("\(typeName): the student's embeddings have \(given.dimension) elements, the teacher's \(wanted.dimension); "
                + "add a Dense module to the student, or set truncate_dim")
        }
        let error = try Double(Float(squaredDifference(given) / Double(max(1, given.rowCount * given.dimension)) * 100))
        // The reference writes the file name with both underscores even where there is no name between them.
        try write(MetricsFile(name: "mse_evaluation_\(name)_results.csv", columns: ["MSE"]), [error.description], meter, at: moment)
        moment.log?(headline("Mean squared error", "\(targetSentences.count) texts, times 100: \(error.fixed(6))"))
        meter?.describe(at: moment)
        return metrics(["negative_mse"], [-error], meter)
    }

    /// The sum over all elements.
    private func squaredDifference(_ given: TextEmbeddings) throws -> Double {
        if case .sparse(let own) = given, case .sparse(let teachers) = wanted { return own.squaredDistance(from: teachers) }
        let (own, teachers) = (try given.dense(), try wanted.dense())
        let dimension = given.dimension
        return (0..<given.rowCount).reduce(0.0) {
            $0 + Double(squaredDistance(own.floats + $1 * dimension, teachers.floats + $1 * dimension, count: dimension))
        }
    }
}
