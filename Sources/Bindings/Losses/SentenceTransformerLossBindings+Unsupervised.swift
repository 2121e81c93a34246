import Losses
import LuaHost
import SentenceTransformerLosses
import Tensors

extension SentenceTransformerLossBindings {
    /// Losses over texts without labels: ContrastiveTensionLoss, ContrastiveTensionLossInBatchNegatives.
    static func registerUnsupervised(_ module: LuaModule) throws {
        try module.function("ContrastiveTensionLoss", doc: Doc(
            "Two copies of the model should agree on equal texts and not on others. Columns: two texts, in some rows the same. Labels: none, or 1 for the same and 0.",
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
                model: try call.copyableEmbedder(), scale: try options.number("scale", default: 20), similarity: similarity, similarityName: name)
            try options.finish()
            return .object(loss)
        }
    }
}

extension LuaOptions {
    /// `similarity_fct` of every row with every row, with its name.
    fileprivate func matrixSimilarity() throws -> ((Tensor, Tensor) throws -> Tensor, String) {
        let slot = slot("similarity_fct", nil)
        let named: [(String, (Tensor, Tensor) throws -> Tensor)] = [
            ("cos_sim", Similarity.cosine), ("dot_score", Similarity.dot), ("euclidean_sim", Similarity.euclidean), ("manhattan_sim", Similarity.manhattan),
        ]
        switch slot.value {
        case .nil: return (Similarity.cosine, "cos_sim")
        case .string:
            let name = try slot.choice(named.map(\.0))
            return (named.first { $0.0 == name }!.1, name)
        case .function(let function):
            if let own = named.first(where: { $0.0 == function.hostName }) { return (own.1, own.0) }
            return ({ [state] first, second in
                try LuaSlot(try function.callForOne([.object(first), .object(second)]), state: state, place: "similarity_fct: result").object(Tensor.self)
            }, "lua function")
        default: throw slot.mismatch("name of a similarity or function")
        }
    }
}
