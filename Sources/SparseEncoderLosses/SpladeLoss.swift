import Encoders
import JSON
import Losses
import SentenceTransformerLosses
import Tensors

/// What a loss over sparse embeddings adds to keep them sparse.
public struct SpladeOptions {
    /// The factor of the documents' penalty.
    public var documentWeight: Double
    /// The factor of the queries' penalty; nil for no such penalty.
    public var queryWeight: Double?
    /// The documents' penalty; nil for ``FlopsLoss`` with ``documentThreshold``.
    public var documentRegularizer: (any SparseRegularizer)?
    /// The queries' penalty; nil for ``FlopsLoss`` with ``queryThreshold``.
    public var queryRegularizer: (any SparseRegularizer)?
    public var documentThreshold: Int?
    public var queryThreshold: Int?
    /// Whether all columns are documents.
    public var usesDocumentRegularizerOnly: Bool

    public init(documentWeight: Double, queryWeight: Double? = nil, documentRegularizer: (any SparseRegularizer)? = nil,
                queryRegularizer: (any SparseRegularizer)? = nil, documentThreshold: Int? = nil, queryThreshold: Int? = nil,
                usesDocumentRegularizerOnly: Bool = false) {
        self.documentWeight = documentWeight
        self.queryWeight = queryWeight
        self.documentRegularizer = documentRegularizer
        self.queryRegularizer = queryRegularizer
        self.documentThreshold = documentThreshold
        self.queryThreshold = queryThreshold
        self.usesDocumentRegularizerOnly = usesDocumentRegularizerOnly
    }

    /// The weights of a run that names none.
    public static let standard = SpladeOptions(documentWeight: 3e-5, queryWeight: 5e-5)
}

/// Another loss, plus penalties that keep the embeddings of documents and of queries sparse.
///
///     loss = L + lambda_d R_d(documents) + lambda_q R_q(queries)
///
/// The first column are the queries, all others documents. (Formal, Lassance, Piwowarski, Clinchant 2022: From Distillation to Hard
/// Negative Sampling: Making Sparse Neural IR Models More Effective, arXiv 2205.04733.)
///
/// A training run raises both weights from 0 over its first third; see `SpladeRegularizerWeightSchedulerCallback`.
///
/// Columns and labels: those of the inner loss.
public class SpladeLoss: EmbeddingLoss, RegularizedLoss {
    public var name: String { "SpladeLoss" }
    public let inner: any EmbeddingLoss
    /// The factor of the documents' penalty; a schedule changes it.
    public var documentWeight: Double
    /// The factor of the queries' penalty; nil for none.
    public var queryWeight: Double?
    /// The weights that it was made with.
    public let givenWeights: (document: Double, query: Double?)
    public let documentRegularizer: any SparseRegularizer
    /// nil where all columns are documents.
    public let queryRegularizer: (any SparseRegularizer)?
    public let usesDocumentRegularizerOnly: Bool
    /// What a user should know about the options, a sentence each.
    public let notes: [String]
    public private(set) var components: [LossComponent] = []
    let miniBatches: MiniBatchOptions?

    /// - Parameter inner: the loss, over the same model.
    /// - Throws: ``LossError`` for weights or thresholds that are out of range, or a loss over another model.
    public convenience init(model: any SentenceEmbedder, inner: any EmbeddingLoss, options: SpladeOptions) throws {
        try self.init(loss: "SpladeLoss", model: model, inner: inner, options: options, miniBatches: nil)
    }

    init(loss name: String, model: any SentenceEmbedder, inner: any EmbeddingLoss, options: SpladeOptions, miniBatches: MiniBatchOptions?) throws {
        guard inner.model === model else {
            throw LossError("\(name): the inner \(inner.name) was made with another model; make both with the one to train")
        }
        for (option, weight) in [("document_regularizer_weight", options.documentWeight), ("query_regularizer_weight", options.queryWeight ?? 0)]
        where !(weight >= 0 && weight < .infinity) {
            throw LossError("\(name): \(option) is \(weight); a finite number that is not negative is wanted")
        }
        self.inner = inner
        self.miniBatches = miniBatches
        usesDocumentRegularizerOnly = options.usesDocumentRegularizerOnly
        documentRegularizer = try options.documentRegularizer ?? FlopsLoss(threshold: options.documentThreshold)
        queryRegularizer = try options.queryRegularizer
            ?? (options.usesDocumentRegularizerOnly ? nil : FlopsLoss(threshold: options.queryThreshold))
        documentWeight = options.documentWeight
        queryWeight = options.usesDocumentRegularizerOnly ? nil : options.queryWeight
        givenWeights = (documentWeight, queryWeight)
        var notes: [String] = []
        if options.usesDocumentRegularizerOnly, options.queryWeight != nil {
            notes.append("use_document_regularizer_only treats every column as documents, so query_regularizer_weight has no effect")
        }
        if !options.usesDocumentRegularizerOnly, options.queryWeight == nil {
            notes.append("query_regularizer_weight is not given, so nothing keeps queries sparse; that is right only where queries need no model")
        }
        self.notes = notes
    }

    public var wrapped: any Loss { inner }
    public var model: any SentenceEmbedder { inner.model }
    public var parameters: [NamedParameter] { inner.parameters }
    public var miniBatchSize: Int? { miniBatches?.size }
    public var miniBatchTokens: Int? { miniBatches?.tokens }
    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { miniBatches?.onProgress }

    public var requirements: LossRequirements? {
        var requirements = inner.requirements
        requirements?.needsSparsityLoss = false
        if miniBatches != nil { requirements?.usesGradientCache = true }
        return requirements
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["loss": .string(inner.name), "document_regularizer_weight": .number(givenWeights.document)]
        if let weight = givenWeights.query { configuration["query_regularizer_weight"] = .number(weight) }
        for (side, regularizer) in [("document", Optional(documentRegularizer)), ("query", queryRegularizer)] {
            guard let regularizer else { continue }
            if regularizer.name != "FlopsLoss" { configuration["\(side)_regularizer"] = .string(regularizer.name) }
            if let threshold = regularizer.threshold { configuration["\(side)_regularizer_threshold"] = .integer(Int64(threshold)) }
        }
        if usesDocumentRegularizerOnly { configuration["use_document_regularizer_only"] = .bool(true) }
        if let miniBatches { configuration = miniBatches.added(to: configuration) }
        return configuration
    }

    public func context(of batch: LossBatch) throws -> [Tensor] { try inner.context(of: batch) }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let documents = usesDocumentRegularizerOnly ? embeddings : Array(embeddings.dropFirst())
        guard !documents.isEmpty else {
            throw LossError("\(name): the batch has one column, which are the queries, and no documents; "
                            + "set use_document_regularizer_only where every text is a document")
        }
        var terms = [("base_loss", try inner.value(of: embeddings, batch: batch, context: context))]
        // The parts of a loss that has some take its place.
        let parts = inner.components
        terms.append(("document_regularizer_loss", try documentRegularizer.penalty(of: documents).multiplying(documentWeight)))
        if let queryWeight, let queryRegularizer {
            terms.append(("query_regularizer_loss", try queryRegularizer.penalty(of: [embeddings[0]]).multiplying(queryWeight)))
        }
        let values = try terms.map { LossComponent(name: $0.0, value: try $0.1.item()) }
        components = parts.isEmpty ? values : parts + values.dropFirst()
        return try terms.dropFirst().reduce(terms[0].1) { try $0.adding($1.1) }
    }
}
