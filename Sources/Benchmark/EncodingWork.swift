import Encoders
import Losses
import Tensors

/// Embeddings of texts, 32 at a time.
final class EncodingWork: Work {
    private let model: SentenceTransformer

    init(_ description: WorkDescription) throws {
        let options = SentenceTransformerOptions(maxSequenceLength: description.maximumLength)
        model = try SentenceTransformer(path: description.model, options: options)
    }

    func check(_ batch: LossBatch) throws -> Double {
        try Double(model.encode(batch.firstTexts()).abs().mean().item())
    }

    func run(_ batch: LossBatch) throws { _ = try model.encode(batch.firstTexts()) }
}
