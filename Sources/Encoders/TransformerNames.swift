/// The names of a family's tensors, without the prefix that a file with a head puts before them.
struct TransformerNames {
    let family: TransformerConfiguration.Family

    /// What stands before every name in files that also hold a head, such as `bert.`.
    var prefix: String {
        switch family {
        case .bert: return "bert."
        case .distilbert: return "distilbert."
        case .roberta, .xlmRoberta: return "roberta."
        case .mpnet: return "mpnet."
        }
    }

    var words: String { "embeddings.word_embeddings.weight" }
    var positions: String { "embeddings.position_embeddings.weight" }
    var types: String { "embeddings.token_type_embeddings.weight" }
    var embeddingNorm: String { "embeddings.LayerNorm" }

    /// MPNet's table of ``RelativePositionBias``.
    var relativeBias: String { "encoder.relative_attention_bias.weight" }

    /// The pooler of the BERT family.
    var pooler: String { "pooler.dense" }

    /// Queries, keys and values.
    func projections(_ index: Int) -> [String] { parts.projections.map { layer(index) + $0 } }
    func attentionOutput(_ index: Int) -> String { layer(index) + parts.attentionOutput }
    func attentionNorm(_ index: Int) -> String { layer(index) + parts.attentionNorm }
    func expansion(_ index: Int) -> String { layer(index) + parts.expansion }
    func contraction(_ index: Int) -> String { layer(index) + parts.contraction }
    func outputNorm(_ index: Int) -> String { layer(index) + parts.outputNorm }

    private func layer(_ index: Int) -> String { (family == .distilbert ? "transformer" : "encoder") + ".layer.\(index)." }

    private var parts: Parts {
        switch family {
        case .bert, .roberta, .xlmRoberta: return .bert
        case .distilbert: return .distilbert
        case .mpnet: return .mpnet
        }
    }

    /// Names within a layer.
    private struct Parts {
        var projections: [String]
        var attentionOutput: String
        var attentionNorm: String
        var expansion = "intermediate.dense"
        var contraction = "output.dense"
        var outputNorm = "output.LayerNorm"

        static let bert = Parts(
            projections: ["attention.self.query", "attention.self.key", "attention.self.value"],
            attentionOutput: "attention.output.dense", attentionNorm: "attention.output.LayerNorm")
        static let mpnet = Parts(
            projections: ["attention.attn.q", "attention.attn.k", "attention.attn.v"], attentionOutput: "attention.attn.o",
            attentionNorm: "attention.LayerNorm")
        static let distilbert = Parts(
            projections: ["attention.q_lin", "attention.k_lin", "attention.v_lin"], attentionOutput: "attention.out_lin",
            attentionNorm: "sa_layer_norm", expansion: "ffn.lin1", contraction: "ffn.lin2", outputNorm: "output_layer_norm")
    }
}
