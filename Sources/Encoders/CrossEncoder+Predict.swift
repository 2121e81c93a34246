import Kernels
import Tensors
import Tokenizers

/// How ``CrossEncoder/predict(_:options:)`` goes about its work.
public struct PredictOptions {
    /// Pairs computed together.
    public var batchSize: Int
    /// In place of the model's own.
    public var activation: ScoreActivation?
    /// Whether scores of several labels are turned into probabilities.
    public var applySoftmax: Bool
    /// Put before the first text of each pair.
    public var prompt: String?
    /// The name of one of the model's prompts.
    public var promptName: String?
    /// Of the model's products; that of the scope (see ``ComputePrecision``) if nil.
    public var computePrecision: ComputePrecision?
    /// Called before each batch with the pairs done and the number of all; what it throws ends the call.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(batchSize: Int = 32, activation: ScoreActivation? = nil, applySoftmax: Bool = false, prompt: String? = nil,
                promptName: String? = nil, computePrecision: ComputePrecision? = nil, onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.batchSize = batchSize
        self.activation = activation
        self.applySoftmax = applySoftmax
        self.prompt = prompt
        self.promptName = promptName
        self.computePrecision = computePrecision
        self.onBatch = onBatch
    }
}

/// How ``CrossEncoder/rank(query:documents:options:)`` goes about its work.
public struct RankOptions {
    /// Documents to return, at least 1; nil returns all.
    public var topK: Int?
    /// Whether results carry the documents' texts.
    public var returnDocuments: Bool
    public var predict: PredictOptions

    public init(topK: Int? = nil, returnDocuments: Bool = false, predict: PredictOptions = PredictOptions()) {
        self.topK = topK
        self.returnDocuments = returnDocuments
        self.predict = predict
    }
}

/// One document of a ranking.
public struct RankedDocument: Equatable, Sendable {
    /// Its place in the list that was given, from 0.
    public let corpusId: Int
    public let score: Float
    /// Where asked for.
    public let text: String?
}

extension CrossEncoder {
    /// Scores of pairs, off the tape and without dropout.
    ///
    /// Pairs are computed longest first, so that each batch holds pairs of like length; results are in the order given.
    /// - Returns: `[pairs]` for a model with one label, else `[pairs, numLabels]`.
    public func predict(_ pairs: [TextPair], options: PredictOptions = PredictOptions()) throws -> Tensor {
        guard options.batchSize > 0 else { throw ModelError("batch_size: a whole number above 0 is wanted, it is \(options.batchSize)") }
        let prompt = try prompts.resolve(prompt: options.prompt, name: options.promptName) ?? ""
        let scores = Tensor(uninitialized: [pairs.count, numLabels])
        try withoutTraining(options.computePrecision) {
            try LengthBatches(lengths: pairs.map { $0.first.utf8.count + $0.second.utf8.count }, batchSize: options.batchSize).forEach { done, rows in
                try options.onBatch?(done, pairs.count)
                let batch = try texts(rows.map { TokenizerInput(first: prompt + pairs[$0].first, second: pairs[$0].second) })
                scores.setRows(rows, to: try (options.activation ?? activation)(logits(batch)))
            }
        }
        if numLabels == 1 { return try scores.reshape([pairs.count]) }
        return options.applySoftmax ? try scores.softmax(dim: 1) : scores
    }

    /// The documents by descending score for a query; equal scores stay in the order given.
    /// - Throws: ``ModelError`` for a model with several labels, whose scores have no one order, a score that is NaN, or a `topK` below 1.
    public func rank(query: String, documents: [String], options: RankOptions = RankOptions()) throws -> [RankedDocument] {
        guard numLabels == 1 else {
            throw ModelError("rank: the model has \(numLabels) labels and so no one score to order by; use predict, or a model with num_labels 1")
        }
        if let count = options.topK, count < 1 { throw ModelError("rank: top_k is \(count), it must be at least 1; leave it out for all documents") }
        let scores = try predict(documents.map { TextPair(query, $0) }, options: options.predict).floatArray()
        if let bad = scores.firstIndex(where: \.isNaN) {
            throw ModelError("rank: the score of document \(bad + 1) is NaN, which has no place in an order; the model's weights are damaged")
        }
        let order = documents.indices.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] > scores[$1] }
        return order.prefix(options.topK ?? documents.count).map {
            RankedDocument(corpusId: $0, score: scores[$0], text: options.returnDocuments ? documents[$0] : nil)
        }
    }
}

extension EncoderModel {
    /// Runs `body` off the tape and without dropout, then restores the mode.
    /// - Parameter precision: of products; that of the scope if nil.
    func withoutTraining<Result>(_ precision: ComputePrecision? = nil, _ body: () throws -> Result) rethrows -> Result {
        let before = isTraining
        isTraining = false
        defer { isTraining = before }
        return try ComputePrecision.with(precision ?? .current) { try GradientTape.noGrad(body) }
    }
}
