import Encoders
import Tensors

/// What every evaluator of embeddings is told beside its data.
public struct EmbeddingEvaluatorOptions {
    /// Prefix of the keys and part of the file name.
    public var name = ""
    /// Texts embedded at a time; it does not change the metrics.
    public var batchSize: Int
    /// Leading elements of embeddings to compare, nil for the model's own setting.
    public var truncateDim: Int?
    /// The greatest elements of a sparse embedding to keep, nil for the model's own setting.
    public var maxActiveDims: Int?
    /// Whether a terminal may show how far it is.
    public var showsProgress = true
    /// Whether to add a row to a CSV file where the moment names a folder.
    public var writesCSV = true

    public init(batchSize: Int) { self.batchSize = batchSize }
}

/// An evaluator of a model that gives embeddings.
public protocol EmbeddingEvaluator: Evaluator {
    var shared: EmbeddingEvaluatorOptions { get }

    /// Counts how sparse embeddings are: of evaluators of sparse encoders, which take no other models. Nil by default.
    func makeSparsityMeter() -> SparsityMeter?
}

extension EmbeddingEvaluator {
    public var name: String { shared.name }
    public var greaterIsBetter: Bool { true }
    public var showsProgress: Bool { shared.showsProgress }
    public func makeSparsityMeter() -> SparsityMeter? { nil }

    /// The keys of what the meter counts, without the evaluator's name.
    var sparsityKeys: [String] { makeSparsityMeter()?.keys ?? [] }

    /// The class, for messages.
    var typeName: String { "\(type(of: self))" }

    /// `_name`, or nothing for an evaluator without a name: part of file names.
    var suffix: String { name.isEmpty ? "" : "_" + name }

    /// The first line of a summary.
    func headline(_ title: String, _ data: String) -> String {
        let truncated = shared.truncateDim.map { ", embeddings cut to \($0)" } ?? ""
        let limited = shared.maxActiveDims.map { ", at most \($0) elements of an embedding" } ?? ""
        return "\(title)\(name.isEmpty ? "" : " " + name): \(data)\(truncated)\(limited)"
    }

    /// Adds a row to a CSV file; what the meter counted has the last columns.
    func write(_ file: MetricsFile, _ values: [String], _ meter: SparsityMeter? = nil, at moment: EvaluationMoment) throws {
        if !shared.writesCSV { return }
        // The reference writes such a file anew with each row, with its usual ends of lines.
        let file = meter.map { MetricsFile(name: file.name, columns: file.columns + $0.keys) } ?? file
        try file.append(values + (meter?.values.map(\.description) ?? []), at: moment)
    }

    /// The keys with the evaluator's name before them, and the values; then those of the meter.
    func metrics(_ keys: [String], _ values: [Double], _ meter: SparsityMeter? = nil) -> [Metric] {
        (Array(zip(keys, values)) + (meter.map { Array(zip($0.keys, $0.values)) } ?? [])).map { Metric(prefixed($0), $1) }
    }

    /// The similarities of embeddings that belong together. - Throws: ``EvaluatorError`` where one is not a finite number.
    func similarities(_ function: SimilarityFunction, _ a: TextEmbeddings, _ b: TextEmbeddings) throws -> [Float] {
        let scores = try function.pairwise(a, b).floatArray()
        if let bad = scores.firstIndex(where: { !$0.isFinite }) {
            throw EvaluatorError("\(typeName): the \(function.rawValue) similarity of pair \(bad + 1) of \(scores.count) is \(scores[bad]); its embeddings are "
                + "too large to be compared")
        }
        return scores
    }

    /// - Throws: ``EvaluatorError`` unless all columns have as many entries, at least one.
    func checkLengths(_ columns: [(name: String, count: Int)]) throws {
        for column in columns.dropFirst() where column.count != columns[0].count {
            throw EvaluatorError("""
                \(typeName): \(columns[0].name) has \(columns[0].count) entries, \(column.name) has \(column.count); they must \
                be as many
                """)
        }
        if columns[0].count == 0 { throw EvaluatorError("\(typeName): \(columns[0].name) is empty") }
    }
}

/// One evaluation of a model that gives embeddings: counts progress over all its calls and checks what comes.
final class EmbeddingRun {
    let model: any TextEmbedder
    private let evaluator: String
    private let moment: EvaluationMoment
    private let options: EmbeddingEvaluatorOptions
    private let total: Int
    private var done = 0

    /// - Parameter total: texts that the evaluation will embed.
    /// - Throws: ``EvaluatorError`` if the model does not give embeddings, or sparse ones where these are wanted.
    init(_ model: any EncoderModel, for evaluator: some EmbeddingEvaluator, at moment: EvaluationMoment, total: Int) throws {
        let needsSparse = evaluator.makeSparsityMeter() != nil
        guard let embedder = model as? any TextEmbedder, embedder.isSparse || !needsSparse else {
            throw EvaluatorError("\(evaluator.typeName) needs a \(needsSparse ? "SparseEncoder" : "SentenceTransformer"), "
                + "this model is a \(model.kind)")
        }
        self.model = embedder
        self.evaluator = evaluator.typeName
        self.moment = moment
        options = evaluator.shared
        self.total = total
    }

    /// A row for each text. - Throws: ``EvaluatorError`` for embeddings that are not finite.
    func embeddings(
        of texts: [String], as role: TextRole = .any, prompt: String? = nil, promptName: String? = nil, normalized: Bool = false
    ) throws -> TextEmbeddings {
        let before = done
        let encoding = EncodeOptions(
            batchSize: options.batchSize, normalizeEmbeddings: normalized, prompt: prompt, promptName: promptName,
            truncateDim: options.truncateDim, maxActiveDims: options.maxActiveDims
        ) { [moment, total] in try moment.onBatch?(before + min($0, $1), total) }
        var result = try model.embeddings(of: texts, as: role, options: encoding)
        done += texts.count
        if case .dense(let tensor) = result {
            guard tensor.rank == 2, tensor.shape[0] == texts.count else {
                throw EvaluatorError("\(evaluator): \(texts.count) texts were to be embedded, the model gave shape \(tensor.shape)")
            }
            result = .dense(tensor.contiguous())
        }
        if let bad = result.firstNotFinite {
            throw EvaluatorError("\(evaluator): the embedding of text \(bad.row + 1) of \(texts.count) holds \(bad.value); "
                + "the model's weights are damaged or training has diverged (try a lower learning rate)")
        }
        return result
    }

    /// The embeddings of several columns of texts, each different text computed once.
    /// - Parameter meter: counts each different text once.
    func embeddings(ofColumns columns: [[String]], normalized: Bool = false, meter: SparsityMeter? = nil) throws -> [TextEmbeddings] {
        var places: [String: Int] = [:]
        var texts: [String] = []
        for text in columns.joined() where places[text] == nil {
            places[text] = texts.count
            texts.append(text)
        }
        let all = try embeddings(of: texts, normalized: normalized)
        meter?.count(all)
        return try columns.map { column in try all.selecting(column.map { places[$0] ?? 0 }) }
    }

    /// Polls for an interruption between batches.
    func poll() throws { try moment.onBatch?(done, total) }
}
