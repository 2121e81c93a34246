import Encoders
import JSON
import Losses
import Tensors

/// What ``GISTEmbedLoss`` and its cached form have in common: the guide's embeddings of a batch, and the arithmetic.
package struct GuidedContrast {
    let loss: String
    let model: any SentenceEmbedder
    let guide: any SentenceEmbedder
    let options: GuideOptions
    /// Scores of one matrix that are held at a time.
    package var scoreLimit = RowChunks.scoreLimit

    /// - Throws: ``LossError`` for options that make no sense.
    init(loss: String, model: any SentenceEmbedder, guide: any SentenceEmbedder, options: GuideOptions) throws {
        try options.check(for: loss)
        self.loss = loss
        self.model = model
        self.guide = guide
        self.options = options
    }

    /// What the loss needs, with the fact that preflight looks for: a guide that is the model itself.
    var requirements: LossRequirements {
        var requirements = InfoNCE.requirements
        requirements.guideIsModel = guide === model
        return requirements
    }

    var configuration: JSONObject {
        options.configuration(guide: (guide as? SentenceTransformer).map { "SentenceTransformer(\($0.folder))" } ?? "\(type(of: guide))")
    }

    /// The guide's embeddings of what the model reads of each column, prompts included, scaled to length 1, off the tape and without
    /// dropout; see ``SentenceEmbedder/embeddings(_:asReadBy:)``.
    /// - Parameter size: texts of a pass, nil for all of a column.
    /// - Throws: ``LossError`` if the batch does not fit, or the guide gives something else than finite vectors.
    func context(of batch: LossBatch, inPassesOf size: Int?) throws -> [Tensor] {
        guard batch.inputs.count >= 2 else {
            throw LossError("\(loss) expects an anchor and a positive column, and any number of negatives, the batch has \(batch.inputs.count) input "
                            + (batch.inputs.count == 1 ? "column" : "columns"))
        }
        let columns = try batch.inputs.indices.map { try batch.textInput($0, for: loss) }
        let encoder = guide as? any EncoderModel
        let wasTraining = encoder?.isTraining ?? false
        encoder?.isTraining = false
        defer { encoder?.isTraining = wasTraining }
        return try GradientTape.noGrad {
            try columns.enumerated().map { position, column in
                let passes = GradientCache.passes(over: column.texts.count, of: size ?? max(1, column.texts.count))
                let parts = try passes.map { try guide.embeddings(column[$0], asReadBy: model) }
                guard let first = parts.first else { throw LossError("\(loss): the batch has no rows") }
                let embeddings = parts.count == 1 ? first : try Tensor.cat(parts, dim: 0)
                try check(embeddings, column: position, rows: column.texts.count)
                return try embeddings.normalize()
            }
        }
    }

    /// The loss of anchors, positives, and any number of columns of negatives.
    ///
    /// - Parameters:
    ///   - embeddings: one tensor `[rows, dimension]` for each column.
    ///   - guides: the guide's for the same texts, as ``context(of:inPassesOf:)`` gives them.
    func value(of embeddings: [Tensor], guides: [Tensor]) throws -> Tensor {
        guard guides.count == embeddings.count, embeddings.count >= 2 else {
            throw LossError("\(loss) needs the guide's embeddings of the same texts, which embeddings alone do not give; call the loss with texts")
        }
        let rows = embeddings[0].shape[0]
        let (anchors, candidates) = try candidates(embeddings)
        let (guideAnchors, guideCandidates) = try self.candidates(guides)
        let inputs = [try anchors.normalize(), try candidates.normalize()]
        let scoresPerRow = candidates.shape[0] + (options.contrastsPositives ? rows : 0)
        return try RowChunks.sum(over: rows, of: RowChunks.size(scoresPerRow: scoresPerRow, limit: scoreLimit), inputs: inputs) { range, inputs in
            try term(range, rows: rows, anchors: inputs[0], candidates: inputs[1], guideAnchors: guideAnchors, guideCandidates: guideCandidates)
                .dividing(by: Double(rows))
        }
    }

    /// The anchors, and everything that they are compared with in one product: positives, anchors if asked for, negatives.
    private func candidates(_ columns: [Tensor]) throws -> (anchors: Tensor, candidates: Tensor) {
        let all = [columns[1]] + (options.contrastsAnchors ? [columns[0]] : []) + columns.dropFirst(2)
        return (columns[0], all.count == 1 ? all[0] : try Tensor.cat(all, dim: 0))
    }

    /// The sum over a range of rows of the cross-entropy of the positive among what the guide leaves.
    private func term(_ range: Range<Int>, rows: Int, anchors: Tensor, candidates: Tensor, guideAnchors: Tensor,
                      guideCandidates: Tensor) throws -> Tensor {
        func part(_ all: Tensor) throws -> Tensor { try all.narrow(dim: 0, start: range.lowerBound, length: range.count) }
        func positives(_ all: Tensor) throws -> Tensor { try all.narrow(dim: 0, start: 0, length: rows) }

        let guided = try part(guideAnchors).matmul(guideCandidates.t())
        let similarity = try guided.diagonal(offset: range.lowerBound).unsqueeze(1)
        let margin = try options.marginStrategy == .absolute ? similarity * 0 + options.margin : similarity.abs().multiplying(options.margin)
        // What is as near as the positive stays, and the same text twice is as near whatever the last bits say.
        let limit = try similarity - margin + Double(SimilarityTolerance.ofLimits)

        // A row's own positive stays whatever the guide thinks of it.
        let own = try Tensor.arange(Double(range.lowerBound), Double(range.upperBound)).unsqueeze(1).eq(Tensor.arange(candidates.shape[0]))
        let isLeftOut = try guided.gt(limit).logicalAnd(own.logicalNot())
        let scores = try part(anchors).matmul(candidates.t()).maskedFill(isLeftOut, -.infinity).dividing(by: options.temperature)
        var partition = try scores.logSumExp(dim: 1)
        if options.contrastsPositives {
            let isLeftOut = try part(guideCandidates).matmul(positives(guideCandidates).t()).gt(limit)
            let others = try part(candidates).matmul(positives(candidates).t()).maskedFill(isLeftOut, -.infinity)
            partition = try Tensor.stack([partition, others.dividing(by: options.temperature).logSumExp(dim: 1)], dim: 1).logSumExp(dim: 1)
        }
        return try partition.subtracting(scores.diagonal(offset: range.lowerBound)).sum()
    }

    private func check(_ embeddings: Tensor, column: Int, rows: Int) throws {
        guard embeddings.rank == 2, embeddings.shape[0] == rows else {
            throw LossError("\(loss): the guide gave a tensor of shape \(embeddings.shape) for the \(rows) texts of input column \(column + 1); "
                            + "one vector for each text is wanted, so choose a SentenceTransformer as guide")
        }
        guard let odd = embeddings.floatArray().firstIndex(where: { !$0.isFinite }) else { return }
        throw LossError("\(loss): the guide's embedding of the text in input column \(column + 1) of", row: odd / max(1, embeddings.shape[1]),
                        "holds numbers that are not finite; choose another guide, or look at its weights")
    }
}
