import Losses
import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    private static let inner = Doc.Parameter("loss", "Loss", "the loss to apply, over the same model")
    private static let dimensions = Doc.Parameter("matryoshka_dims", "table of integers", """
        the lengths that embeddings should be good for, such as { 384, 256, 128, 64 }; they may also stand alone, before the options
        """)
    private static let weights = Doc.Parameter("matryoshka_weights", "table of numbers", optional: true,
        "a weight for each of matryoshka_dims; 1 by default")

    private static let layerOptions: [Doc.Parameter] = [
        .init("n_layers_per_step", "integer", default: "1", "layers before the last that a step takes, drawn at random; -1 for all"),
        .init("last_layer_weight", "number", default: "1", "weight of the last layer's loss"),
        .init("prior_layers_weight", "number", default: "1", "weight of the mean loss of the layers taken"),
        .init("kl_div_weight", "number", default: "1", "weight of the divergence of each layer taken from the last"),
        .init("kl_temperature", "number", default: "0.3", "temperature of that divergence; 0 leaves it out"),
        .init("layer_weighting", "string or function", default: "\"uniform\"",
              """
                  how much a layer counts: \"uniform\", \"log\" (1 / (1 + ln(1 + i))), \"linear\" (1 / (1 + i)), or a function \
                  of its number i; 0 is the output of the embedding layer, 1 the first transformer layer
                  """),
    ]

    /// MatryoshkaLoss, AdaptiveLayerLoss, Matryoshka2dLoss.
    static func registerWrapping(_ module: LuaModule) throws {
        try module.function("MatryoshkaLoss", doc: Doc(
            """
                Another loss on the first numbers of each embedding, for several lengths, so that embeddings may be cut short. \
                Columns and labels: those of the loss.
                """,
            parameters: [LossOptionDoc.embedder, inner],
            options: [dimensions, weights,
                .init("n_dims_per_step", "integer", default: "-1", "lengths that a step takes, drawn at random; -1 for all")],
            returns: "Loss",
            example: """
                local loss = sentx.losses.MatryoshkaLoss(model, sentx.losses.MultipleNegativesRankingLoss(model), { \
                matryoshka_dims = { 384, 256, 128, 64 } })
                """
        )) { call in
            let (dimensions, options) = try dimensionsAndOptions(call)
            let loss = try MatryoshkaLoss(model: try call.sentenceEmbedder(), inner: try innerLoss(call), dimensions: dimensions,
                                          weights: try options.optionalFiniteNumbers("matryoshka_weights"),
                                          dimensionsPerStep: try options.countOrAll("n_dims_per_step", default: -1))
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
        try module.function("AdaptiveLayerLoss", doc: Doc(
            "Another loss on the embeddings of each layer, so that layers may be left out. Columns and labels: those of the loss.",
            parameters: [LossOptionDoc.embedder, inner], options: layerOptions, returns: "Loss"
        )) { call in
            let options = try call.options(3)
            let loss = try AdaptiveLayerLoss(model: try call.sentenceEmbedder(), inner: try innerLoss(call), options: try layers(options))
            try options.finish()
            return .object(loss)
        }
        try module.function("Matryoshka2dLoss", doc: Doc(
            "AdaptiveLayerLoss over MatryoshkaLoss: embeddings that may be cut short in layers and in length. Columns and labels: those of the loss.",
            parameters: [LossOptionDoc.embedder, inner],
            options: [dimensions, weights,
                .init("n_dims_per_step", "integer", default: "1", "lengths that a step takes, drawn at random; -1 for all")] + layerOptions,
            returns: "Loss"
        )) { call in
            let (dimensions, options) = try dimensionsAndOptions(call)
            let loss = try Matryoshka2dLoss(model: try call.sentenceEmbedder(), inner: try innerLoss(call), dimensions: dimensions,
                                            weights: try options.optionalFiniteNumbers("matryoshka_weights"),
                                            dimensionsPerStep: try options.countOrAll("n_dims_per_step", default: 1), options: try layers(options))
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
    }

    /// The loss to put another around.
    private static func innerLoss(_ call: LuaCall) throws -> any EmbeddingLoss {
        let slot = call.slot(2)
        if let loss = slot.objectIfPresent((any EmbeddingLoss).self) { return loss }
        guard let other = slot.objectIfPresent((any Loss).self) else {
            throw slot.mismatch("loss over embeddings, of sentx.sentence_transformer.losses")
        }
        if other is AdaptiveLayerLoss || other is Matryoshka2dLoss {
            throw call.error("\(other.name) needs the layers of the model, so it goes outside; "
                             + "write AdaptiveLayerLoss(model, MatryoshkaLoss(model, loss, dims))")
        }
        throw call.error("\(other.name) does not work on embeddings alone; losses such as MultipleNegativesRankingLoss do")
    }

    /// `matryoshka_dims`, as the third argument or among the options.
    private static func dimensionsAndOptions(_ call: LuaCall) throws -> ([Int], LuaOptions) {
        let third = call.slot(3)
        if case .table(let table) = third.value, table.count > 0 { return (try third.integers(), try call.options(4)) }
        let options = try call.options(3)
        let slot = options.slot("matryoshka_dims", nil)
        guard case .table(let table) = slot.value, table.count > 0 else { throw slot.mismatch("table of integers such as { 384, 128 }") }
        return (try slot.integers(), options)
    }

    private static func layers(_ options: LuaOptions) throws -> LayerOptions {
        LayerOptions(
            layersPerStep: try options.countOrAll("n_layers_per_step", default: 1), lastLayerWeight: try options.nonNegativeNumber("last_layer_weight", default: 1),
            priorLayersWeight: try options.nonNegativeNumber("prior_layers_weight", default: 1),
            divergenceWeight: try options.nonNegativeNumber("kl_div_weight", default: 1),
            divergenceTemperature: try options.nonNegativeNumber("kl_temperature", default: 0.3), weighting: try weighting(options))
    }

    /// `layer_weighting`: a name, or a function from a layer's number to its weight.
    private static func weighting(_ options: LuaOptions) throws -> LayerWeighting {
        let slot = options.slot("layer_weighting", nil)
        switch slot.value {
        case .nil: return .uniform
        case .string:
            let name = try slot.choice(LayerWeighting.named.map(\.name))
            return LayerWeighting.named.first { $0.name == name }?.weighting ?? .uniform
        case .function(let function):
            let state = options.state
            return .custom(name: "lua function") { layer in
                try LuaSlot(try function.callForOne([.integer(layer)]), state: state, place: "layer_weighting: result").finiteNumber()
            }
        default: throw slot.mismatch("name of a weighting or function")
        }
    }
}
