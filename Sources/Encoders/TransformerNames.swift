/// The names of a family's tensors, without the prefix that a file with a head puts before them.
struct TransformerNames {
    let family: TransformerConfiguration.Family

    /// What stands before every name in files that also hold a head, such as `bert.`.
    var prefix: String {
        switch family {
        case .bert: return "bert."
        case .distilbert: return "distilbert."
        case .roberta, .xlmRoberta: return "roberta."
        }
    }

    var words: String { "embeddings.word_embeddings.weight" }
    var positions: String { "embeddings.position_embeddings.weight" }
    var types: String { "embeddings.token_type_embeddings.weight" }
    var embeddingNorm: String { "embeddings.LayerNorm" }

    /// The pooler of the BERT family.
    var pooler: String { "pooler.dense" }

    private func layer(_ index: Int) -> String {
        family == .distilbert ? "transformer.layer.\(index)." : "encoder.layer.\(index)."
    }

    /// Queries, keys and values.
    func projections(_ index: Int) -> [String] {
        let parts = family == .distilbert ? ["q_lin", "k_lin", "v_lin"] : ["self.query", "self.key", "self.value"]
        return parts.map { layer(index) + "attention." + $0 }
    }

    func attentionOutput(_ index: Int) -> String {
        layer(index) + (family == .distilbert ? "attention.out_lin" : "attention.output.dense")
    }

    func attentionNorm(_ index: Int) -> String {
        layer(index) + (family == .distilbert ? "sa_layer_norm" : "attention.output.LayerNorm")
    }

    func expansion(_ index: Int) -> String { layer(index) + (family == .distilbert ? "ffn.lin1" : "intermediate.dense") }

    func contraction(_ index: Int) -> String { layer(index) + (family == .distilbert ? "ffn.lin2" : "output.dense") }

    func outputNorm(_ index: Int) -> String { layer(index) + (family == .distilbert ? "output_layer_norm" : "output.LayerNorm") }
}
