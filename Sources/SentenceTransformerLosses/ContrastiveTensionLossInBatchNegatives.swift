import Encoders
import Glibc
import JSON
import Losses
import Tensors

/// Two copies of a model, trained apart, should agree on which text of the batch is which.
///
///     loss = mean over rows i of (-log softmax over j(scale s(u_i, v_j))[i] - log softmax over j(scale s(u_j, v_i))[i]) / 2
///
/// with u the copy's embeddings, v the model's, and a scale that is learned too. (Carlsson, Gyllensten, Gogoulou, Hellqvist,
/// Sahlgren 2021: Semantic Re-tuning with Contrastive Tension, ICLR, with negatives from the batch.)
///
/// The copy is made with the loss, trained with the model, kept in checkpoints and then of no use: the saved model is the one
/// that was given.
///
/// Columns: one text, different in each row. Labels: none.
public final class ContrastiveTensionLossInBatchNegatives: Loss {
    public let name = "ContrastiveTensionLossInBatchNegatives"
    public let model: any CopyableEmbedder
    /// The second model.
    public let copy: any CopyableEmbedder
    /// The logarithm of the scale, without dimensions.
    public let logScale: Tensor
    private let similarity: (Tensor, Tensor) throws -> Tensor
    private let similarityName: String

    /// - Parameters:
    ///   - scale: the inverse temperature to begin with.
    ///   - similarity: from embeddings `[rows, dimension]` of both to `[rows, rows]` (`similarity_fct`).
    ///   - similarityName: the name that records give it.
    /// - Throws: ``LossError`` for a scale that is not positive, and what copying the model does.
    public init(model: any CopyableEmbedder, scale: Double = 20, similarity: @escaping (Tensor, Tensor) throws -> Tensor = Similarity.cosine,
                similarityName: String = "cos_sim") throws {
        guard scale > 0, scale.isFinite else { throw LossError("ContrastiveTensionLossInBatchNegatives: scale is \(scale); it must be positive") }
        self.model = model
        self.similarity = similarity
        self.similarityName = similarityName
        copy = try model.makeCopy()
        logScale = Tensor.scalar(Float(log(scale)))
        logScale.requiresGrad = true
    }

    /// The scale's logarithm as `logit_scale`, and the copy's parameters under `model1.`.
    public var parameters: [NamedParameter] {
        [NamedParameter(name: "logit_scale", tensor: logScale)]
            + copy.parameters.map { NamedParameter(name: "model1." + $0.name, tensor: $0.tensor) }
    }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text], labels: [.none], usesInBatchNegatives: true) }

    public var configuration: JSONObject {
        ["scale": .number(exp(Double(logScale.floatArray()[0]))), "similarity_fct": .string(similarityName)]
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard batch.inputs.count == 1 else {
            throw LossError("\(name) expects one input column, the batch has \(batch.inputs.count); choose one with select_columns")
        }
        let input = try batch.textInput(0, for: name)
        copy.isTraining = model.isTraining
        let similarities = try similarity(copy.embeddings(input), model.embeddings(input))
        guard similarities.shape == [input.texts.count, input.texts.count] else {
            throw LossError("\(name): similarity_fct gave a tensor of shape \(similarities.shape) for \(input.texts.count) rows; "
                            + "[\(input.texts.count), \(input.texts.count)] is wanted")
        }
        let scores = try similarities * logScale.exp()
        let places = Tensor((0..<input.texts.count).map(Int64.init))
        return try (Functional.crossEntropy(scores, places) + Functional.crossEntropy(scores.t(), places)) * 0.5
    }
}
