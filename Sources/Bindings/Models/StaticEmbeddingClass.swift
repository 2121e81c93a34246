import Encoders
import LuaHost
import Tensors
import Tokenizers

let staticEmbeddingClass = LuaClass<StaticEmbedding>(
    "StaticEmbedding", doc: Doc("The mean of one learned vector for each token: very fast embeddings without a transformer.", example: """
        local static = sentx.models.StaticEmbedding(sentx.Tokenizer("models/all-MiniLM-L6-v2"), { embedding_dim = 256 })
        local model = sentx.SentenceTransformer { modules = { static } }
        """), base: "Module"
) { c in
    c.constructor(doc: Doc(
        "Vectors for the tokens of a tokenizer: those given, or random ones to be trained.",
        parameters: [.init("tokenizer", "Tokenizer or string", "a tokenizer, or the folder of one")],
        options: [
            .init("embedding_weights", "Tensor", optional: true, "the vectors, [vocabulary, dimension]"),
            .init("embedding_dim", "integer", optional: true, "the length of random vectors, where no vectors are given"),
        ], returns: "StaticEmbedding")) { call in
        let slot = call.slot(1)
        let tokenizer: Tokenizer
        if case .string(let folder) = slot.value { tokenizer = try Tokenizer(folder: folder) } else { tokenizer = try slot.object(Tokenizer.self) }
        let given = try call.options(2)
        let weights = try given.optionalObject("embedding_weights", Tensor.self), dimension = try given.optionalDimension("embedding_dim")
        try given.finish()
        if let weights { return try StaticEmbedding(tokenizer: tokenizer, weights: weights.detach().contiguousCopy()) }
        guard let dimension else { throw call.error("one of the options embedding_weights and embedding_dim is wanted") }
        return try StaticEmbedding(tokenizer: tokenizer, dimension: dimension)
    }
    c.function("from_model2vec", doc: Doc(
        "Reads a folder that model2vec saved, or the folder of a StaticEmbedding.",
        parameters: [.init("path", "string", "the folder, with tokenizer.json and model.safetensors")], returns: "StaticEmbedding",
        example: "local static = sentx.models.StaticEmbedding.from_model2vec(\"models/potion-base-8M\")")) { call in
        try call.requireAtMost(1)
        return .object(try StaticEmbedding(folder: call.string(1)))
    }
    c.function("from_distillation", doc: Doc(
        """
            Vectors out of a transformer, as model2vec distils them: what it gives for each token alone, reduced to principal \
            components and weighted by frequency.
            """,
        parameters: [.init("path", "string", "a model folder, or a name in the hub cache or below models/")],
        options: [
            .init("pca_dims", "integer", default: "256", "the length of the vectors; false keeps the transformer's"),
            .init("apply_zipf", "boolean", default: "true", "whether frequent tokens are weighted down"),
            .init("sif_coefficient", "number", default: "1e-4", "how strongly they are, above 0 and below 1"),
            .init("token_remove_pattern", "string", default: "[[\\[unused\\d+\\]]]",
                "tokens that begin with a match of this get zeros; false keeps all"),
        ], returns: "StaticEmbedding",
            example: "local static = sentx.models.StaticEmbedding.from_distillation(\"models/all-MiniLM-L6-v2\", { pca_dims = 128 })")) { call in
        let path = try call.string(1)
        let given = try call.options(2)
        var options = DistillationOptions()
        if case .boolean(false) = given.value("pca_dims") {
            options.dimension = nil
        } else {
            options.dimension = try given.positiveInteger("pca_dims", default: 256)
        }
        options.frequencyCoefficient = try given.finiteNumber("sif_coefficient", default: 1e-4)
        if try !given.bool("apply_zipf", default: true) { options.frequencyCoefficient = nil }
        if case .boolean(false) = given.value("token_remove_pattern") {
            options.removedTokens = nil
        } else if let pattern = try given.optionalString("token_remove_pattern") {
            options.removedTokens = pattern
        }
        try given.finish()
        return .object(try StaticEmbedding.distilled(from: path, options: options))
    }
    c.property("tokenizer", doc: "The Tokenizer.") { module, _ in .optional(module.tokenizer) }
    c.property("embedding", doc: "The vectors, [vocabulary, dimension].") { module, _ in .object(module.parameters[0].tensor) }
}
