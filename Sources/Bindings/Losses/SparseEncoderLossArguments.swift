import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses
import SparseEncoderLosses
import Tensors

extension LuaCall {
    /// The model, the first argument of every loss of sparse encoders.
    func sparseEncoder(for loss: String) throws -> SparseEncoder {
        let slot = slot(1, "model")
        if let model = slot.objectIfPresent(SparseEncoder.self) { return model }
        guard slot.objectIfPresent((any SentenceEmbedder).self) != nil else { throw slot.mismatch("SparseEncoder") }
        let dense = loss.hasPrefix("Sparse") ? "; for a SentenceTransformer use sentx.losses.\(loss.dropFirst(6))(model)" : ""
        throw slot.mismatch("SparseEncoder" + dense)
    }

    /// The loss to put another around, at the second place.
    func innerSparseLoss() throws -> any EmbeddingLoss {
        let slot = slot(2)
        if let loss = slot.objectIfPresent((any EmbeddingLoss).self), !(loss is SpladeLoss) { return loss }
        guard let other = slot.objectIfPresent((any Loss).self) else {
            throw slot.mismatch("loss over sparse embeddings such as SparseMultipleNegativesRankingLoss(model)")
        }
        throw error("\(other.name) cannot stand inside another loss; a loss such as SparseMultipleNegativesRankingLoss can")
    }
}

extension LuaOptions {
    /// A penalty: an object, or a function from a tensor `[rows, dimension]` to one element.
    fileprivate func regularizer(_ option: String) throws -> (any SparseRegularizer)? {
        let slot = slot(option, nil)
        switch slot.value {
        case .nil: return nil
        case .function(let function) where slot.uncalled == nil:
            return LuaRegularizer { [state] embeddings in
                try LuaSlot(try function.callForOne([.object(embeddings)]), state: state, place: "\(option): result").object(Tensor.self)
            }
        default: return try slot.object((any SparseRegularizer).self)
        }
    }

    /// What `SpladeLoss` and its cached form have in common.
    func splade() throws -> SpladeOptions {
        SpladeOptions(
            documentWeight: try finiteNumber("document_regularizer_weight"), queryWeight: try optionalFiniteNumber("query_regularizer_weight"),
            documentRegularizer: try regularizer("document_regularizer"), queryRegularizer: try regularizer("query_regularizer"),
            documentThreshold: try optionalCount("document_regularizer_threshold"),
            queryThreshold: try optionalCount("query_regularizer_threshold"),
            usesDocumentRegularizerOnly: try bool("use_document_regularizer_only", default: false))
    }
}

/// A penalty written in Lua.
private final class LuaRegularizer: SparseRegularizer {
    let name = "lua function"
    let threshold: Int? = nil
    private let function: (Tensor) throws -> Tensor

    init(_ function: @escaping (Tensor) throws -> Tensor) { self.function = function }

    func penalty(of embeddings: [Tensor]) throws -> Tensor {
        let value = try function(embeddings.count == 1 ? embeddings[0] : Tensor.cat(embeddings, dim: 0))
        guard value.count == 1 else {
            throw LossError("the regularizer gave a tensor of shape \(value.shape); one element is wanted, reduce it with :mean() or :sum()")
        }
        return try value.reshape([])
    }
}

/// What the documentation says of options that several losses of sparse encoders share.
enum SparseOptionDoc {
    static let model = Doc.Parameter("model", "SparseEncoder", "the model to train")
    static let inner = Doc.Parameter("loss", "Loss", "the loss over the embeddings, made with the same model")
    static let threshold = Doc.Parameter("threshold", "integer", optional: true, "texts with no more active elements than this are let off")
    static let splade: [Doc.Parameter] = [
        .init("document_regularizer_weight", "number", "the factor of the documents' penalty; 3e-5 is a start, more is sparser"),
        .init("query_regularizer_weight", "number", optional: true, "that of the queries' penalty; 5e-5 is a start; none if not given"),
        .init("document_regularizer", "FlopsLoss, L1Loss or function", optional: true,
              "the documents' penalty; by default FlopsLoss; a function goes from a tensor [texts, elements] to one element"),
        .init("query_regularizer", "FlopsLoss, L1Loss or function", optional: true, "the queries' penalty; by default FlopsLoss"),
        .init("document_regularizer_threshold", "integer", optional: true, "documents with no more active elements than this are let off"),
        .init("query_regularizer_threshold", "integer", optional: true, "queries with no more active elements than this are let off"),
        .init("use_document_regularizer_only", "boolean", default: "false", "every column is documents, as for pairs of like texts"),
    ]
}
