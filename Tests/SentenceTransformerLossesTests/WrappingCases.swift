import JSON
import Losses
import SentenceTransformerLosses

/// Losses around another, which `loss` and `loss_options` name.
func wrappingLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    guard let innerName = options["loss"]?.asString else { return nil }
    guard let inner = try contrastiveEmbeddingLoss(innerName, model, options["loss_options"]?.asObject ?? [:]) else {
        throw LossError("no such loss: \(innerName)")
    }
    let dimensions = options["matryoshka_dims"]?.asArray?.compactMap { $0.asInteger.map { Int($0) } } ?? []
    let weights = options["matryoshka_weights"]?.asArray?.compactMap(\.asNumber)
    let weighting = LayerWeighting.named.first { $0.name == options["layer_weighting"]?.asString }?.weighting ?? .uniform
    let layers = LayerOptions(layersPerStep: options["n_layers_per_step"]?.asInteger.map { Int($0) } ?? 1,
                              lastLayerWeight: options.number("last_layer_weight") ?? 1,
                                  priorLayersWeight: options.number("prior_layers_weight") ?? 1,
                              divergenceWeight: options.number("kl_div_weight") ?? 1, divergenceTemperature: options.number("kl_temperature") ?? 0.3,
                              weighting: weighting)
    switch name {
    case "MatryoshkaLoss": return try MatryoshkaLoss(model: model, inner: inner, dimensions: dimensions, weights: weights)
    case "AdaptiveLayerLoss": return try AdaptiveLayerLoss(model: model, inner: inner, options: layers)
    case "Matryoshka2dLoss":
        return try Matryoshka2dLoss(model: model, inner: inner, dimensions: dimensions, weights: weights,
                                    dimensionsPerStep: options["n_dims_per_step"]?.asInteger.map { Int($0) } ?? 1, options: layers)
    default: return nil
    }
}
