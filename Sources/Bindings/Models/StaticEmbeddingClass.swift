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
        let weights = try given.optionalObject("embedding_weights", Tensor.self), dimension = try given.optionalInteger("embedding_dim")
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
    c.property("tokenizer", doc: "The Tokenizer.") { module, _ in .optional(module.tokenizer) }
    c.property("embedding", doc: "The vectors, [vocabulary, dimension].") { module, _ in .object(module.table) }
}
