import Encoders
import JSON
import Losses
import Tensors

/// Mean squared error between the model's embeddings and a teacher's: ``EmbedDistillLoss`` with that metric.
///
///     loss = mean over columns, rows and elements of (P u - t)^2
///
/// with u the model's embedding, t the teacher's, and P none or a learned linear map. Translations that are trained towards
/// the embedding of one original make a model multilingual. (Reimers, Gurevych 2020: Making Monolingual Sentence Embeddings
/// Multilingual using Knowledge Distillation, arXiv 2004.09813.)
///
/// Columns: one or more texts. Labels: a vector, as a list of numbers, which is the target of every column; or a list with
/// a vector for each column.
public final class MSELoss: EmbedDistillLoss {
    public override var name: String { "MSELoss" }

    /// - Parameters:
    ///   - projectionDimension: elements of the teacher's embeddings, where they differ from the model's; nil for no projection.
    ///   - generator: makes the projection.
    public init(model: any SentenceEmbedder, projectionDimension: Int? = nil, generator: Generator = .shared) throws {
        try super.init(model: model, metric: .mse, projectionDimension: projectionDimension, generator: generator)
    }

    public override var configuration: JSONObject {
        ["projection_dim": projection.map { .integer(Int64($0.outputCount)) } ?? .null]
    }
}
