import Encoders
import JSON
import Losses
import SentenceTransformerLosses
import Tensors

/// Pairs with a number, a class, or nothing.
func pairwiseLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    let metric = options["distance_metric"]?.asString ?? "COSINE_DISTANCE"
    let distance = SiameseDistanceMetric.named.first { $0.name == metric }?.function ?? SiameseDistanceMetric.cosineDistance
    let margin = options["margin"]?.asNumber ?? 0.5, scale = options["scale"]?.asNumber ?? 20
    switch name {
    case "CosineSimilarityLoss":
        return CosineSimilarityLoss(model: model, activation: namedActivation(options["cos_score_transformation"]?.asString ?? "identity"))
    case "CoSENTLoss":
        return CoSENTLoss(model: model, scale: scale, similarity: namedSimilarity(options, default: PairwiseSimilarity.cosine))
    case "AnglELoss": return AnglELoss(model: model, scale: scale)
    case "ContrastiveLoss":
        return ContrastiveLoss(model: model, distance: distance, margin: margin, averages: options["size_average"]?.asBool ?? true)
    case "OnlineContrastiveLoss": return OnlineContrastiveLoss(model: model, distance: distance, margin: margin)
    case "SoftmaxLoss":
        return try SoftmaxLoss(
            model: model, labelCount: options["num_labels"]?.asInteger ?? 3, concatenatesEmbeddings: options["concatenation_sent_rep"]?.asBool
                ?? true,
            concatenatesDifference: options["concatenation_sent_difference"]?.asBool ?? true,
            concatenatesProduct: options["concatenation_sent_multiplication"]?.asBool ?? false)
    case "ContrastiveTensionLoss": return try ContrastiveTensionLoss(model: model)
    case "ContrastiveTensionLossInBatchNegatives":
        let isDot = options["similarity_fct"]?.asString == "dot_score"
        return try ContrastiveTensionLossInBatchNegatives(model: model, scale: scale, similarity: isDot ? Similarity.dot : Similarity.cosine,
                                                          similarityName: isDot ? "dot_score" : "cos_sim")
    default: return nil
    }
}
