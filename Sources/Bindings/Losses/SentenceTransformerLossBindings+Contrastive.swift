import Losses
import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    /// The rankings with in-batch negatives, plain and cached, and what else compares the rows of a batch.
    static func registerContrastive(_ module: LuaModule) throws {
        try registerRanking(module)
        try registerSymmetricRanking(module)
        try module.function("MegaBatchMarginLoss", doc: Doc(
            """
                A triplet loss whose negative is the closest positive of another row, out of a large batch (500 rows or more). \
                Columns: anchor, positive. Labels: none.
                """,
            parameters: [LossOptionDoc.embedder],
            options: [
                .init("positive_margin", "number", default: "0.8", "what the cosine of anchor and positive should reach"),
                .init("negative_margin", "number", default: "0.3", "what the cosine of anchor and negative should not exceed"),
                .init("use_mini_batched_version", "boolean", default: "true",
                    "gradient caching: each text is embedded twice, memory does not grow with the batch"),
            ] + LossOptionDoc.miniBatches(size: 50),
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try MegaBatchMarginLoss(
                model: try call.sentenceEmbedder(), positiveMargin: try options.finiteNumber("positive_margin", default: 0.8),
                negativeMargin: try options.finiteNumber("negative_margin", default: 0.3),
                usesMiniBatches: try options.bool("use_mini_batched_version", default: true), miniBatches: try options.miniBatches(size: 50))
            try options.finish()
            return .object(loss)
        }
        try module.function("GlobalOrthogonalRegularizationLoss", doc: Doc(
            "Spreads the embeddings of each column over the sphere, besides another loss. Columns: one or more texts. Labels: none.",
            parameters: [LossOptionDoc.embedder],
            options: [
                LossOptionDoc.similarity,
                .init("mean_weight", "number", default: "1", "weight of the squared mean similarity; 0 leaves it out"),
                .init("second_moment_weight", "number", default: "1", "weight of the mean squared similarity above 1 / dimension; 0 leaves it out"),
                .init("aggregation", "string", default: "\"mean\"", "\"mean\" or \"sum\" over columns"),
            ],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try GlobalOrthogonalRegularizationLoss(
                model: try call.sentenceEmbedder(), similarity: try options.embeddingSimilarity(),
                meanWeight: try options.finiteNumber("mean_weight", default: 1),
                secondMomentWeight: try options.finiteNumber("second_moment_weight", default: 1),
                aggregation: LossReduction(
                    rawValue: try options.choice("aggregation", LossReduction.allCases.map(\.rawValue), default: "mean")) ?? .mean)
            try options.finish()
            return .object(loss)
        }
    }

    private static let rankingOptions = contrastOptions(scale: "20", similarity: "cos_sim")

    /// What the documentation says of ``LuaOptions/contrast(default:)``.
    static func contrastOptions(scale: String, similarity: String) -> [Doc.Parameter] { [
        .init("scale", "number", default: scale, "factor of the similarities, the inverse of a temperature"),
        LossOptionDoc.similarity(default: similarity),
        LossOptionDoc.gather,
        .init("directions", "table of strings", default: "{ \"query_to_doc\" }",
              "what is compared: \"query_to_doc\" (always), \"query_to_query\", \"doc_to_query\", \"doc_to_doc\""),
        .init("partition_mode", "string", default: "\"joint\"",
            "\"joint\": one softmax over all directions; \"per_direction\": one for each, averaged"),
        .init("hardness_mode", "string", optional: true,
              "negatives that weigh more the closer they are: \"in_batch_negatives\", \"hard_negatives\" (a row's own) or \"all_negatives\""),
        .init("hardness_strength", "number", default: "0", "how much; 9 and 5 are the values of the papers for the first two modes"),
    ] }

    private static func registerRanking(_ module: LuaModule) throws {
        let columns = "Columns: query, positive, any number of negatives. Labels: none."
        try module.function("MultipleNegativesRankingLoss", doc: Doc(
            "Each query has to find its own document among those of all rows: InfoNCE. \(columns)",
            parameters: [LossOptionDoc.embedder], options: rankingOptions, returns: "Loss",
            example: "local loss = sentx.losses.MultipleNegativesRankingLoss(model, { scale = 20 })"
        )) { call in
            let options = try call.options(2)
            let loss = try MultipleNegativesRankingLoss(model: try call.sentenceEmbedder(), options: try options.contrast())
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
        try module.function("CachedMultipleNegativesRankingLoss", doc: Doc(
            "MultipleNegativesRankingLoss with the memory of one mini-batch, for large batches; each text is embedded twice. \(columns)",
            parameters: [LossOptionDoc.embedder], options: rankingOptions + LossOptionDoc.miniBatches(), returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try CachedMultipleNegativesRankingLoss(model: try call.sentenceEmbedder(), options: try options.contrast(),
                                                              miniBatches: try options.miniBatches())
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
    }

    private static func registerSymmetricRanking(_ module: LuaModule) throws {
        let advice = """
            The same as directions { \"query_to_doc\", \"doc_to_query\" } with partition_mode \"per_direction\". Columns: \
            query, positive. Labels: none.
            """
        try module.function("MultipleNegativesSymmetricRankingLoss", doc: Doc(
            "MultipleNegativesRankingLoss in both directions. \(advice)",
            parameters: [LossOptionDoc.embedder], options: Array(rankingOptions.prefix(3)), returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try MultipleNegativesSymmetricRankingLoss(
                model: try call.sentenceEmbedder(), scale: try options.finiteNumber("scale", default: 20), similarity: try options.embeddingSimilarity(),
                gathersAcrossDevices: try options.gathersAcrossDevices())
            try options.finish()
            return .object(loss)
        }
        try module.function("CachedMultipleNegativesSymmetricRankingLoss", doc: Doc(
            "CachedMultipleNegativesRankingLoss in both directions. \(advice)",
            parameters: [LossOptionDoc.embedder], options: rankingOptions.prefix(3) + LossOptionDoc.miniBatches(), returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try CachedMultipleNegativesSymmetricRankingLoss(
                model: try call.sentenceEmbedder(), scale: try options.finiteNumber("scale", default: 20), similarity: try options.embeddingSimilarity(),
                miniBatches: try options.miniBatches(), gathersAcrossDevices: try options.gathersAcrossDevices())
            try options.finish()
            return .object(loss)
        }
    }

}

extension LuaOptions {
    /// What is compared with what by losses with in-batch negatives.
    func contrast(default fallback: ContrastiveOptions = ContrastiveOptions()) throws -> ContrastiveOptions {
        var result = ContrastiveOptions(scale: try finiteNumber("scale", default: fallback.scale),
                                        similarity: try embeddingSimilarity(default: fallback.similarity))
        result.gathersAcrossDevices = try gathersAcrossDevices()
        let directions = slot("directions", nil)
        if !directions.isNil {
            let names = ContrastDirection.allCases.map(\.rawValue)
            result.directions = try directions.list().compactMap { ContrastDirection(rawValue: try $0.choice(names)) }
        }
        let partition = try choice("partition_mode", ContrastPartition.allCases.map(\.rawValue), default: "joint")
        result.partition = ContrastPartition(rawValue: partition) ?? .joint
        result.hardness = try optionalChoice("hardness_mode", ContrastHardness.allCases.map(\.rawValue))
            .flatMap { ContrastHardness(rawValue: $0) }
        result.hardnessStrength = try finiteNumber("hardness_strength", default: 0)
        return result
    }
}
