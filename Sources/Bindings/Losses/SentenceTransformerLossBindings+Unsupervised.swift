import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses
import Tensors

extension SentenceTransformerLossBindings {
    /// Losses over texts without labels: ContrastiveTensionLoss, ContrastiveTensionLossInBatchNegatives, DenoisingAutoEncoderLoss.
    static func registerUnsupervised(_ module: LuaModule) throws {
        try module.function("ContrastiveTensionLoss", doc: Doc(
            """
                Two copies of the model should agree on equal texts and not on others. Columns: two texts, in some rows the \
                same. Labels: none, or 1 for the same and 0.
                """,
            parameters: [EmbedderOptionDoc.model], returns: "Loss"
        )) { call in
            try call.options(2).finish()
            return .object(try ContrastiveTensionLoss(model: try call.copyableEmbedder()))
        }
        try module.function("ContrastiveTensionLossInBatchNegatives", doc: Doc(
            "Two copies of the model should agree on which text of the batch is which. Columns: one text. Labels: none.",
            parameters: [EmbedderOptionDoc.model],
            options: [EmbedderOptionDoc.scale("factor of the similarities to begin with; it is learned"),
                      .init("similarity_fct", "string or function", default: "\"cos_sim\"",
                            "\"cos_sim\", \"dot_score\", or a function from two tensors [rows, dimension] to similarities [rows, rows]")],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let (similarity, name) = try options.matrixSimilarity()
            let loss = try ContrastiveTensionLossInBatchNegatives(
                model: try call.copyableEmbedder(), scale: try options.finiteNumber("scale", default: 20), similarity: similarity, similarityName: name)
            try options.finish()
            return .object(loss)
        }
        try module.function("DenoisingAutoEncoderLoss", doc: Doc(
            """
                TSDAE: a decoder has to write a text from the embedding of what is left of it. Columns: one text, damaged anew \
                in each step, or a damaged text and its original. Labels: none.
                """,
            parameters: [EmbedderOptionDoc.model],
            options: [.init("tie_encoder_decoder", "boolean", default: "true", "the decoder shares embeddings and layers with the encoder"),
                      .init("decoder_name_or_path", "string", optional: true,
                          "the model that the decoder begins as; only without tie_encoder_decoder"),
                      .init("del_ratio", "number", default: "0.6", "share of the words that is deleted where one column is given")],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let ratio = try options.finiteNumber("del_ratio", default: 0.6)
            guard (0...1).contains(ratio) else { throw options.slot("del_ratio", nil).invalid("a number from 0 to 1 is wanted") }
            let loss = try DenoisingAutoEncoderLoss(
                model: try call.object(1, SentenceTransformer.self), decoderPath: try options.optionalString("decoder_name_or_path"),
                tiesDecoder: try options.bool("tie_encoder_decoder", default: true), deletion: WordDeletion(ratio: ratio))
            try options.finish()
            return .object(loss)
        }
        try module.function("delete_words", doc: Doc(
            "Deletes words of a text at random, as DenoisingAutoEncoderLoss does to a single column; at least one stays.",
            parameters: [.init("text", "string", "the text")],
            options: [.init("del_ratio", "number", default: "0.6", "the share that goes")], returns: "string",
            example: "local damaged = sentx.losses.delete_words(\"A large wading bird with long legs.\")"
        )) { call in
            let text = try call.string(1), options = try call.options(2)
            let ratio = try options.finiteNumber("del_ratio", default: 0.6)
            guard (0...1).contains(ratio) else { throw options.slot("del_ratio", nil).invalid("a number from 0 to 1 is wanted") }
            try options.finish()
            return .string(WordDeletion(ratio: ratio).damaged(text))
        }
    }
}

extension LuaOptions {
    /// `similarity_fct` of every row with every row, with its name.
    fileprivate func matrixSimilarity() throws -> ((Tensor, Tensor) throws -> Tensor, String) {
        let slot = slot("similarity_fct", nil)
        let named: [(String, (Tensor, Tensor) throws -> Tensor)] = [
            ("cos_sim", Similarity.cosine), ("dot_score", Similarity.dot), ("euclidean_sim", Similarity.euclidean),
            ("manhattan_sim", Similarity.manhattan),
        ]
        switch slot.value {
        case .nil: return (Similarity.cosine, "cos_sim")
        case .string:
            let name = try slot.choice(named.map(\.0))
            return (named.first { $0.0 == name }!.1, name)
        case .function(let function):
            if let own = named.first(where: { $0.0 == function.hostName }) { return (own.1, own.0) }
            return ({ [state] first, second in
                try LuaSlot(try function.callForOne([.object(first), .object(second)]), state: state,
                    place: "similarity_fct: result").object(Tensor.self)
            }, "lua function")
        default: throw slot.mismatch("name of a similarity or function")
        }
    }
}
