import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    private static let guide = Doc.Parameter("guide", "SentenceTransformer",
        "the model that tells false negatives; it is not trained, and may have another tokenizer")

    private static let guideOptions: [Doc.Parameter] = [
        .init("temperature", "number", default: "0.01", "what similarities are divided by"),
        .init("margin_strategy", "string", default: "\"absolute\"",
            "whether the margin is a difference (\"absolute\") or a share of the positive's similarity (\"relative\")"),
        .init("margin", "number", default: "0", "candidates less than this below the positive's similarity are left out"),
        .init("contrast_anchors", "boolean", default: "true", "whether anchors are compared with the other anchors"),
        .init("contrast_positives", "boolean", default: "true", "whether positives are compared with the other positives"),
        LossOptionDoc.gather,
    ]

    /// GISTEmbedLoss and its cached form.
    static func registerGuided(_ module: LuaModule) throws {
        try module.function("GISTEmbedLoss", doc: Doc(
            """
                In-batch negatives without those that a guide model finds closer than the positive. Columns: anchor, positive, \
                any number of negatives. Labels: none.
                """,
            parameters: [LossOptionDoc.embedder, guide], options: guideOptions, returns: "Loss",
            example: "local loss = sentx.losses.GISTEmbedLoss(model, sentx.SentenceTransformer(\"all-MiniLM-L6-v2\"), { margin = 0.1 })"
        )) { call in
            let options = try call.options(3)
            let loss = try GISTEmbedLoss(model: try call.sentenceEmbedder(), guide: try call.sentenceEmbedder(2), options: try guided(options))
            try options.finish()
            return .object(loss)
        }
        try module.function("CachedGISTEmbedLoss", doc: Doc(
            "GISTEmbedLoss with the memory of one mini-batch, for large batches; each text is embedded twice. Columns and labels as there.",
            parameters: [LossOptionDoc.embedder, guide], options: guideOptions + LossOptionDoc.miniBatches(), returns: "Loss"
        )) { call in
            let options = try call.options(3)
            let loss = try CachedGISTEmbedLoss(model: try call.sentenceEmbedder(), guide: try call.sentenceEmbedder(2), options: try guided(options),
                                               miniBatches: try options.miniBatches())
            try options.finish()
            return .object(loss)
        }
    }

    private static func guided(_ options: LuaOptions) throws -> GuideOptions {
        let strategy = try options.choice("margin_strategy", GuideOptions.MarginStrategy.allCases.map(\.rawValue), default: "absolute")
        return GuideOptions(
            temperature: try options.finiteNumber("temperature", default: 0.01),
            marginStrategy: GuideOptions.MarginStrategy(rawValue: strategy) ?? .absolute,
            margin: try options.finiteNumber("margin", default: 0), contrastsAnchors: try options.bool("contrast_anchors", default: true),
            contrastsPositives: try options.bool("contrast_positives", default: true),
            gathersAcrossDevices: try options.gathersAcrossDevices())
    }
}
