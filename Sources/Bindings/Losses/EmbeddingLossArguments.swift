import Glibc
import Losses
import LuaHost
import SentenceTransformerLosses
import Tensors

/// Reading the options that losses over embeddings have in common.
extension LuaOptions {
    /// `similarity_fct`: a name, or a function from two tensors of embeddings to a tensor of similarities.
    func embeddingSimilarity(default fallback: EmbeddingSimilarity = .cosine) throws -> EmbeddingSimilarity {
        let slot = slot("similarity_fct", nil)
        switch slot.value {
        case .nil: return fallback
        case .string:
            let named = EmbeddingSimilarity.named
            // The names of the functions in sentx.util are understood too.
            let word = try slot.choice(named.map(\.name) + named.map(\.similarity.name).filter { name in !named.contains { $0.name == name } })
            return named.first { $0.name == word || $0.similarity.name == word }?.similarity ?? .cosine
        case .function(let function):
            return EmbeddingSimilarity(name: "lua function") { [state] a, b in
                try LuaSlot(try function.callForOne([.object(a), .object(b)]), state: state, place: "similarity_fct: result").object(Tensor.self)
            }
        default: throw slot.mismatch("name of a similarity or function")
        }
    }

    /// `gather_across_devices`. It has no effect yet, which is said where it is asked for.
    func gathersAcrossDevices() throws -> Bool {
        let gathers = try bool("gather_across_devices", default: false)
        if gathers { reportNotes(["gather_across_devices has no effect: a run is one process, and the negatives of a row are those of its own batch"]) }
        return gathers
    }

    /// `mini_batch_size`, `mini_batch_num_tokens` and `show_progress_bar` of losses that cache gradients.
    func miniBatches(size: Int = 32) throws -> MiniBatchOptions {
        let showsProgress = try bool("show_progress_bar", default: false)
        return MiniBatchOptions(size: try positiveInteger("mini_batch_size", default: size), tokens: try optionalPositiveInteger("mini_batch_num_tokens"),
                                onProgress: showsProgress ? reportEmbedding : nil)
    }
}

/// One line that is written over, ended when a round is done.
private func reportEmbedding(_ done: Int, of total: Int) {
    fputs("\rembedding texts: \(done)/\(total)" + (done == total ? "\n" : ""), stderr)
}

extension LossOptionDoc {
    static let similarity = similarity(default: "cos_sim")

    static func similarity(default name: String) -> Doc.Parameter {
        .init("similarity_fct", "string or function", default: "\"\(name)\"",
              """
                  how embeddings are compared: \"cos_sim\", \"dot\" (with scale = 1), \"euclidean\", \"manhattan\" (negative \
                  distances), or a function from tensors [n, d] and [m, d] to a tensor [n, m]
                  """)
    }
    static let gather = Doc.Parameter(
        "gather_across_devices", "boolean", default: "false",
        "without effect, which a note says: a run is one process, which has nothing to gather; recorded for the model card")

    static func miniBatches(size: Int = 32) -> [Doc.Parameter] {
        [.init("mini_batch_size", "integer", default: "\(size)", "texts in one pass of the model: what memory depends on"),
         .init("mini_batch_num_tokens", "integer", optional: true, "tokens in one pass instead of texts"),
         .init("show_progress_bar", "boolean", default: "false", "progress within a batch on standard error")]
    }
}
