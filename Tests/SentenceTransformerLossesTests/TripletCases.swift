import Encoders
import JSON
import Losses
import SentenceTransformerLosses

/// The option `distance_metric` of a loss over labelled batches.
private func batchDistance(_ options: JSONObject) -> BatchDistance {
    BatchDistance.all.first { $0.name == options["distance_metric"]?.asString } ?? .euclidean
}

/// Triplets, given or found in batches of labelled texts.
func tripletLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    let distance = batchDistance(options), margin = options["margin"]?.asNumber ?? 5
    switch name {
    case "TripletLoss":
        let metric = options["distance_metric"]?.asString ?? "EUCLIDEAN"
        return TripletLoss(model: model, distance: TripletDistanceMetric.named.first { $0.name == metric }!.function,
                           margin: options["triplet_margin"]?.asNumber ?? 5)
    case "BatchAllTripletLoss": return BatchAllTripletLoss(model: model, distance: distance, margin: margin)
    case "BatchHardTripletLoss": return BatchHardTripletLoss(model: model, distance: distance, margin: margin)
    case "BatchSemiHardTripletLoss": return BatchSemiHardTripletLoss(model: model, distance: distance, margin: margin)
    case "BatchHardSoftMarginTripletLoss": return BatchHardSoftMarginTripletLoss(model: model, distance: distance)
    default: return nil
    }
}
