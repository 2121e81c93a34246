import CrossEncoderLosses
import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses

/// What the trainers of different model kinds differ in; everything else is shared.
struct TrainerKind {
    /// What its class names begin with; by default the model's.
    let name: String
    /// `EncoderModel.kind` of the models that it trains.
    let model: String
    /// What it trains, for the documentation.
    let summary: String
    /// The documentation of the option `loss` after "by default".
    let defaultLossText: String
    /// The loss of a run that names none; nil where one must be given.
    let defaultLoss: (any EncoderModel) throws -> (any Loss)?

    var trainerName: String { name + "Trainer" }
    var argumentsName: String { name + "TrainingArguments" }

    static let all: [TrainerKind] = [crossEncoder, sentenceTransformer, sparseEncoder, maskedLanguageModel]

    init(name: String? = nil, model: String, summary: String, defaultLossText: String,
         defaultLoss: @escaping (any EncoderModel) throws -> (any Loss)?) {
        self.name = name ?? model
        self.model = model
        self.summary = summary
        self.defaultLossText = defaultLossText
        self.defaultLoss = defaultLoss
    }

    static let crossEncoder = TrainerKind(
        model: "CrossEncoder", summary: "a cross-encoder", defaultLossText: "by default binary cross entropy, or cross entropy for several outputs"
    ) { model in
        guard let model = model as? CrossEncoder else { return nil }
        return model.numLabels == 1 ? try BinaryCrossEntropyLoss(model: model) : try CrossEntropyLoss(model: model)
    }

    static let sentenceTransformer = TrainerKind(
        model: "SentenceTransformer", summary: "a model that embeds texts", defaultLossText: "by default CoSENTLoss"
    ) { model in (model as? SentenceTransformer).map { CoSENTLoss(model: $0) } }

    static let sparseEncoder = TrainerKind(
        model: "SparseEncoder", summary: "a model that gives sparse embeddings", defaultLossText: "it has to be given"
    ) { _ in nil }

    static let maskedLanguageModel = TrainerKind(
        name: "MaskedLanguageModel", model: "SparseEncoder", summary: "the masked-language-model head of a sparse encoder, and its transformer",
        defaultLossText: "by default MaskedLanguageModelLoss"
    ) { model in try (model as? SparseEncoder).map { try MaskedLanguageModelLoss(model: $0) } }

    /// Refuses a model that another kind of trainer is for.
    func check(_ model: any EncoderModel, _ slot: LuaSlot) throws {
        guard model.kind != self.model, let other = Self.all.first(where: { $0.model == model.kind }) else { return }
        throw slot.invalid("\(trainerName) trains a \(self.model); use sentx.\(other.trainerName) for this model")
    }
}
