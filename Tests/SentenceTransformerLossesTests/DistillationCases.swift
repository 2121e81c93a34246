import Encoders
import JSON
import Losses
import SentenceTransformerLosses

/// A similarity of pairs by the name that the reference gives it.
func namedSimilarity(_ options: JSONObject, default fallback: PairwiseFunction) -> PairwiseFunction {
    PairwiseSimilarity.all.first { $0.name == options["similarity_fct"]?.asString } ?? fallback
}

/// A teacher's scores or embeddings.
func distillationLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    let projection = options["projection_dim"]?.asInteger
    switch name {
    case "MarginMSELoss": return MarginMSELoss(model: model, similarity: namedSimilarity(options, default: PairwiseSimilarity.dot))
    case "DistillKLDivLoss":
        return try DistillKLDivLoss(
            model: model, similarity: namedSimilarity(options, default: PairwiseSimilarity.dot), temperature: options["temperature"]?.asNumber ?? 1,
            studentTemperature: options["student_temperature"]?.asNumber, teacherTemperature: options["teacher_temperature"]?.asNumber)
    case "MSELoss": return try MSELoss(model: model, projectionDimension: projection)
    case "EmbedDistillLoss":
        let metric = options["distance_metric"]?.asString.flatMap(EmbedDistillLoss.Metric.init(rawValue:)) ?? .cosine
        return try EmbedDistillLoss(model: model, metric: metric, projectionDimension: projection)
    default: return nil
    }
}
