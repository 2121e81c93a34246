import CrossEncoderLosses
import Encoders
import Losses
import SentenceTransformerLosses
import Tensors
import Training

/// Optimizer steps: forward, backward, clipping and AdamW, as the trainer does them.
final class TrainingWork: Work {
    private let model: any EncoderModel
    private let loss: any Loss
    private let optimizer: AdamW

    init(_ description: WorkDescription) throws {
        (model, loss) = try Self.objective(description)
        model.usesGradientCheckpointing = description.isCheckpointed
        optimizer = AdamW(groups: try ParameterGrouping.groups(model.parameters, learningRate: 2e-5, weightDecay: 0.01))
    }

    private static func objective(_ description: WorkDescription) throws -> (any EncoderModel, any Loss) {
        switch description.task {
        case .crossEntropy, .lambda:
            var options = CrossEncoderOptions()
            options.numLabels = 1
            options.maxLength = description.maximumLength
            let model = try CrossEncoder(path: description.model, options: options)
            return (model, description.task == .lambda ? try LambdaLoss(model: model) : try BinaryCrossEntropyLoss(model: model))
        case .splade:
            let options = SparseEncoderOptions(maxSequenceLength: description.maximumLength)
            let model = try SparseEncoder(path: description.model, options: options)
            return (model, try SpladeObjective(model: model))
        default:
            let model = try SentenceTransformer(path: description.model,
                                                options: SentenceTransformerOptions(maxSequenceLength: description.maximumLength))
            return (model, try embeddingLoss(description, model))
        }
    }

    private static func embeddingLoss(_ description: WorkDescription, _ model: SentenceTransformer) throws -> any Loss {
        switch description.task {
        case .cachedRanking:
            return try CachedMultipleNegativesRankingLoss(model: model, miniBatches: MiniBatchOptions(size: description.miniBatchSize))
        case .matryoshka:
            return try MatryoshkaLoss(model: model, inner: MultipleNegativesRankingLoss(model: model), dimensions: Workload.matryoshkaDimensions)
        default: return try MultipleNegativesRankingLoss(model: model)
        }
    }

    func check(_ batch: LossBatch) throws -> Double {
        model.isTraining = false
        let value = try GradientTape.noGrad { try Double(loss.value(of: batch).item()) }
        try run(batch)
        return value
    }

    func run(_ batch: LossBatch) throws {
        model.isTraining = true
        try loss.value(of: batch).backward()
        let norm = try GradientNorm.of(optimizer.parameters)
        try optimizer.step(gradientScale: GradientNorm.clippingFactor(norm: norm, limit: 1))
        optimizer.zeroGrad()
    }
}
