import Losses
import LuaHost
import SparseEncoderLosses
import Tensors

/// `sentx.losses` and the `losses` of each kind of model: every loss, its parts, and the class that they share in Lua.
enum LossBindings {
    static func register(_ sentx: LuaModule) throws {
        try sentx.class(lossClass)
        let families = try LossFamily.registerEach(sentx)
        let losses = try sentx.submodule(
            "losses", doc: "Training objectives of all kinds of model. Each is made from a model and a table of options.")
        try LossFamily.merge(families, into: losses)
        try SentenceTransformerLossBindings.registerDistances(losses)
        try sentx.class(SentenceTransformerLossBindings.projectionClass)
        try sentx.class(LossParts.weightingClass)
        try sentx.class(LossParts.lambdaWeightClass)
    }

    private static let lossClass = LuaClass<any Loss>(
        "Loss", doc: "A training objective over a model. Give it to a trainer, or call it with a batch."
    ) { c in
        let doc = Doc("The loss of a batch, a tensor of one element to call backward on.",
                      parameters: [.init("inputs", "table", "the input columns in order; each is a list of texts, or of lists of texts"),
                                   .init("labels", "table or Tensor", optional: true, "one label for each row, or a list of labels for each")],
                      returns: "Tensor", example: "local value = loss({ queries, documents }, { 1, 0 })\nvalue:backward()")
        c.method("forward", doc: doc) { loss, call in .object(try loss.value(of: LossBatch(lua: call))) }
        c.meta(.call, doc: doc) { loss, call in .object(try loss.value(of: LossBatch(lua: call))) }
        c.method("compute_loss_from_embeddings", doc: Doc(
            """
                The loss of embeddings made elsewhere, to combine losses of one model without running it twice. For losses over \
                embeddings that need no guide.
                """,
            parameters: [.init("embeddings", "table of Tensors", "one tensor [rows, dimension] for each input column"),
                         .init("labels", "table or Tensor", optional: true, "one label for each row, or a list of labels for each")],
            returns: "Tensor", example: """
                local embeddings = { model:embeddings(queries), model:embeddings(documents) }
                local value = ranking:compute_loss_from_embeddings(embeddings) + spreading:compute_loss_from_embeddings(embeddings)
                """
        )) { loss, call in
            try call.requireAtMost(2)
            let embeddings = try call.slot(1).list().map { try $0.object(Tensor.self) }
            for tensor in embeddings where tensor.rank != 2 || tensor.shape[0] != embeddings[0].shape[0] || tensor.dtype != .float32 {
                throw call.error("embeddings must be float32 tensors [rows, dimension] with equally many rows, "
                                 + "got \(tensor.dtype) of shape \(tensor.shape)")
            }
            if let regularizer = loss as? any SparseRegularizer { return .object(try regularizer.penalty(of: embeddings)) }
            guard let loss = loss as? any EmbeddingLoss else {
                throw call.error("\(loss.name) does not work on embeddings alone; call it with texts")
            }
            let batch = LossBatch(inputs: [], labels: try LossBatch.labels(call.slot(2)))
            return .object(try loss.value(of: embeddings, batch: batch, context: []))
        }
        c.property("name", doc: "Its name.") { loss, _ in .string(loss.name) }
        c.property("components", doc: "What its last value was the sum of, numbers by name; empty for a loss without parts.") { loss, call in
            try call.record(loss.components.map { ($0.name, .number($0.value)) })
        }
        c.method("get_config_dict", doc: Doc("Its settings, as model cards record them.", returns: "table")) { loss, call in
            try call.record(loss.configuration.map { ($0.key, try call.state.value(of: $0.value)) })
        }
        c.meta(.tostring) { loss, _ in .string(describe(loss)) }
        c.oneLine(describe)
    }

    /// `ListNetLoss { activation_fn = "...", mini_batch_size = 8 }`; settings that are nil are left out.
    private static func describe(_ loss: any Loss) -> String {
        let settings = loss.configuration.filter { !$0.value.isNull }.map { "\($0.key) = \($0.value.serialized())" }
        return settings.isEmpty ? loss.name : "\(loss.name) { \(settings.joined(separator: ", ")) }"
    }
}
