import Encoders
import JSON
import Losses
import Tensors

/// Two copies of a model, trained apart, should give the same text the same embedding, and different texts different ones.
///
///     loss = sum over rows of -(y log sigmoid(x) + (1 - y) log(1 - sigmoid(x))),   x = u v
///
/// with u the copy's embedding of the first text, v the model's of the second, and y whether the texts are the same.
/// (Carlsson, Gyllensten, Gogoulou, Hellqvist, Sahlgren 2021: Semantic Re-tuning with Contrastive Tension, ICLR.)
///
/// The copy is made with the loss, trained with the model, kept in checkpoints and then of no use: the saved model is the one
/// that was given, which reads second texts. The sum grows with the batch, so the learning rate belongs to a batch size.
///
/// Columns: two texts, in one row of eight or so the same, else any two. Labels: none, or 1 for the same and 0.
public final class ContrastiveTensionLoss: Loss {
    public let name = "ContrastiveTensionLoss"
    public let model: any CopyableEmbedder
    /// The second model, which reads first texts.
    public let copy: any CopyableEmbedder

    /// - Throws: what copying the model does.
    public init(model: any CopyableEmbedder) throws {
        self.model = model
        copy = try model.makeCopy()
    }

    /// The copy's, under `model1.`.
    public var parameters: [NamedParameter] { copy.parameters.map { NamedParameter(name: "model1." + $0.name, tensor: $0.tensor) } }

    public var requirements: LossRequirements? { LossRequirements(columns: [.text, .text], labels: [.none, .number(0...1)]) }

    public var configuration: JSONObject { [:] }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard batch.inputs.count == 2 else {
            throw LossError("\(name) expects two input columns, the batch has \(batch.inputs.count); put each text beside itself or another")
        }
        let first = try batch.textInput(0, for: name), second = try batch.textInput(1, for: name)
        let labels: [Float]
        if batch.labels != nil {
            labels = try batch.labels(in: 0...1, for: name).map(Float.init)
        } else {
            // Texts are the same if the model reads the same, whatever the case or the spaces.
            labels = zip(try model.tokenIds(first), try model.tokenIds(second)).map { $0 == $1 ? 1 : 0 }
        }
        copy.isTraining = model.isTraining
        let scores = try Similarity.pairwiseDot(copy.embeddings(first), model.embeddings(second))
        return try Functional.binaryCrossEntropyWithLogits(scores, Tensor(labels), reduction: .sum)
    }
}
