import JSON
import Losses
import SentenceTransformerLosses

/// In-batch negatives, plain and cached, and with a guide.
func contrastiveLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any Loss)? {
    try contrastiveEmbeddingLoss(name, model, options)
}

/// The same as what other losses can be put around.
func contrastiveEmbeddingLoss(_ name: String, _ model: TableEmbedder, _ options: JSONObject) throws -> (any EmbeddingLoss)? {
    let similarity = options.similarity
    switch name {
    case "MultipleNegativesRankingLoss":
        return try MultipleNegativesRankingLoss(model: model, options: options.contrast)
    case "CachedMultipleNegativesRankingLoss":
        return try CachedMultipleNegativesRankingLoss(model: model, options: options.contrast, miniBatches: options.miniBatches(32))
    case "MultipleNegativesSymmetricRankingLoss":
        return try MultipleNegativesSymmetricRankingLoss(model: model, scale: options.number("scale") ?? 20, similarity: similarity)
    case "CachedMultipleNegativesSymmetricRankingLoss":
        return try CachedMultipleNegativesSymmetricRankingLoss(model: model, scale: options.number("scale") ?? 20, similarity: similarity,
                                                               miniBatches: options.miniBatches(32))
    case "GISTEmbedLoss":
        return try GISTEmbedLoss(model: model, guide: guide(of: model), options: options.guided)
    case "CachedGISTEmbedLoss":
        return try CachedGISTEmbedLoss(model: model, guide: guide(of: model), options: options.guided, miniBatches: options.miniBatches(32))
    case "MegaBatchMarginLoss":
        return try MegaBatchMarginLoss(model: model, positiveMargin: options.number("positive_margin") ?? 0.8,
                                       negativeMargin: options.number("negative_margin") ?? 0.3,
                                       usesMiniBatches: options.flag("use_mini_batched_version") ?? true, miniBatches: options.miniBatches(50))
    case "GlobalOrthogonalRegularizationLoss":
        return try GlobalOrthogonalRegularizationLoss(model: model, similarity: similarity, meanWeight: options.number("mean_weight") ?? 1,
                                                      secondMomentWeight: options.number("second_moment_weight") ?? 1,
                                                      aggregation: options["aggregation"]?.asString == "sum" ? .sum : .mean)
    default: return nil
    }
}

private func guide(of model: TableEmbedder) throws -> TableEmbedder {
    guard let guide = model.guide else { throw LossError("the data has no guide") }
    return guide
}

extension JSONObject {
    func number(_ key: String) -> Double? { self[key]?.asNumber }

    func flag(_ key: String) -> Bool? {
        if case .bool(let value) = self[key] { return value }
        return nil
    }

    fileprivate var similarity: EmbeddingSimilarity {
        EmbeddingSimilarity.named.first { $0.name == self["similarity_fct"]?.asString }?.similarity ?? .cosine
    }

    func miniBatches(_ size: Int) -> MiniBatchOptions { MiniBatchOptions(size: self["mini_batch_size"]?.asInteger.map { Int($0) } ?? size) }

    fileprivate var contrast: ContrastiveOptions {
        var result = ContrastiveOptions(scale: number("scale") ?? 20, similarity: similarity)
        if let directions = self["directions"]?.asArray {
            result.directions = directions.compactMap { $0.asString.flatMap { ContrastDirection(rawValue: $0) } }
        }
        if let partition = self["partition_mode"]?.asString.flatMap({ ContrastPartition(rawValue: $0) }) { result.partition = partition }
        result.hardness = self["hardness_mode"]?.asString.flatMap { ContrastHardness(rawValue: $0) }
        result.hardnessStrength = number("hardness_strength") ?? 0
        return result
    }

    fileprivate var guided: GuideOptions {
        GuideOptions(temperature: number("temperature") ?? 0.01,
                     marginStrategy: self["margin_strategy"]?.asString == "relative" ? .relative : .absolute, margin: number("margin") ?? 0,
                     contrastsAnchors: flag("contrast_anchors") ?? true, contrastsPositives: flag("contrast_positives") ?? true)
    }
}
