import Encoders
import JSON
import Losses
import Tensors

/// In-batch negatives without the false ones: a guide model leaves out what is too close to be a negative.
///
///     loss = mean over rows i of -log( exp(cos(a_i, p_i) / T) / sum over kept candidates c of exp(cos(c) / T) )
///
/// Candidates of a row are the cosines of its anchor with all positives, with all anchors (`contrast_anchors`), with all
/// negatives, and of its positive with all positives (`contrast_positives`). One is left out where the guide's cosine of the
/// same texts is above the guide's cosine of anchor and positive, less the margin: by `margin` itself (`absolute`), or by
/// `margin` times the size of that cosine (`relative`). The row's own positive always stays, and so does what equals the limit but for
/// rounding, such as the same text met again (``SimilarityTolerance``).
/// (Solatorio 2024: GISTEmbed, arXiv 2402.16829.)
///
/// Columns: anchor, positive, any number of negatives. Labels: none. The guide embeds what the model reads of the texts, so a text that
/// the model cuts is cut for the guide too. It may have another tokenizer: then it gets the text that the model's tokens stand for. It
/// may have another dimension, and is not trained.
public final class GISTEmbedLoss: EmbeddingLoss {
    public let name = "GISTEmbedLoss"
    public var model: any SentenceEmbedder { contrast.model }
    package var contrast: GuidedContrast

    /// - Throws: ``LossError`` for options that make no sense.
    public init(model: any SentenceEmbedder, guide: any SentenceEmbedder, options: GuideOptions = GuideOptions()) throws {
        contrast = try GuidedContrast(loss: name, model: model, guide: guide, options: options)
    }

    public var requirements: LossRequirements? { contrast.requirements }

    public var configuration: JSONObject { contrast.configuration }

    public func context(of batch: LossBatch) throws -> [Tensor] { try contrast.context(of: batch, inPassesOf: nil) }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        try contrast.value(of: embeddings, guides: context)
    }
}
