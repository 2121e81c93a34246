import Encoders
import Tensors

/// A model that scores pairs of texts, which is what the cross-encoder evaluators measure.
public protocol PairScoringModel: EncoderModel {
    /// Scores per pair.
    var numLabels: Int { get }

    /// The scores of `pairs` in their order: `[pairs]` or `[pairs, 1]` if ``numLabels`` is 1, else `[pairs, numLabels]`.
    ///
    /// Off the tape, without dropout.
    func scores(for pairs: [TextPair], options: ScoringOptions) throws -> Tensor
}

/// How an evaluator runs its model.
public struct ScoringOptions {
    /// Pairs computed at a time; it does not change the scores.
    public var batchSize: Int
    /// Which of the model's prompts goes before the first text, nil for its default.
    public var promptName: String?
    /// Whether a terminal may show how far it is.
    public var showsProgress = true
    /// Called before each batch with the pairs done and the number of all; what it throws ends the evaluation.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(batchSize: Int, promptName: String? = nil, onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.batchSize = batchSize
        self.promptName = promptName
        self.onBatch = onBatch
    }
}

/// The scores of all pairs of an evaluator, checked.
struct PairScores {
    /// Scores per pair.
    let numLabels: Int
    /// `[pairs, numLabels]`, row-major.
    let values: [Float]

    /// Scores all `pairs` in one call, so that the model can sort them by length whatever query they belong to.
    ///
    /// - Parameter evaluator: its class, for messages.
    /// - Throws: ``EvaluatorError`` if the model does not score pairs, or if a score is not a finite number.
    init(
        of pairs: [TextPair], by model: any EncoderModel, at moment: EvaluationMoment, options: ScoringOptions, evaluator: String
    ) throws {
        guard let scorer = model as? any PairScoringModel else {
            throw EvaluatorError("\(evaluator) needs a CrossEncoder, this model is a \(model.kind)")
        }
        numLabels = scorer.numLabels
        var options = options
        options.onBatch = moment.onBatch
        if pairs.isEmpty {
            values = []
            return
        }
        let scores = try GradientTape.noGrad { try scorer.scores(for: pairs, options: options) }
        guard scores.count == pairs.count * numLabels else {
            throw EvaluatorError("""
                \(evaluator): \(pairs.count) pairs with \(numLabels) scores each were asked for, the model gave shape \
                \(scores.shape)
                """)
        }
        values = scores.floatArray()
        if let bad = values.firstIndex(where: { !$0.isFinite }) {
            throw EvaluatorError("\(evaluator): the model's score of pair \(bad / numLabels + 1) of \(pairs.count) is \(values[bad]); "
                + "its weights are damaged or training has diverged (try a lower learning rate)")
        }
    }

    /// One score per pair. - Throws: ``EvaluatorError`` if the model gives several.
    func single(evaluator: String) throws -> [Float] {
        guard numLabels == 1 else {
            throw EvaluatorError("\(evaluator) needs a model with num_labels = 1, this one has \(numLabels)")
        }
        return values
    }
}
