import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses
import Tensors

/// Reading what the losses of bi-encoders have in common.
extension LuaCall {
    /// The model of losses that train a copy of it too.
    func copyableEmbedder() throws -> any CopyableEmbedder {
        _ = try sentenceEmbedder()
        guard let model = slot(1, "model").objectIfPresent((any CopyableEmbedder).self) else {
            throw slot(1, "model").mismatch("SentenceTransformer")
        }
        return model
    }
}

extension LuaOptions {
    /// One of given functions by a name, or a Lua function of two tensors `[rows, dimension]` that gives a number for each row.
    ///
    /// - Parameter named: names in lower case, as they are documented.
    private func pairwiseFunction(_ option: String, _ named: [(name: String, function: PairwiseFunction)], default fallback: PairwiseFunction,
                                  _ what: String) throws -> PairwiseFunction {
        let slot = slot(option, nil)
        switch slot.value {
        case .nil: return fallback
        case .string(let text):
            // The constants of the reference are in capitals.
            if let own = named.first(where: { $0.name == text.lowercased() }) { return own.function }
            _ = try slot.choice(named.map(\.name))
            return fallback
        case .function(let function):
            // A function of sentx.util is the built-in one.
            if let name = function.hostName, let own = named.first(where: { $0.name == name }) { return own.function }
            return PairwiseFunction(name: "lua function") { [state] first, second in
                try LuaSlot(try function.callForOne([.object(first), .object(second)]), state: state, place: "\(option): result").object(Tensor.self)
            }
        default: throw slot.mismatch("name of a \(what) or function")
        }
    }

    /// `similarity_fct` of pairs.
    func pairwiseSimilarity(default fallback: PairwiseFunction) throws -> PairwiseFunction {
        let short = zip(["cos_sim", "dot_score", "euclidean_sim", "manhattan_sim", "angle_sim"],
            PairwiseSimilarity.all).map { (name: $0, function: $1) }
        return try pairwiseFunction("similarity_fct", short + PairwiseSimilarity.all.map { (name: $0.name, function: $0) }, default: fallback,
            "similarity")
    }

    /// `distance_metric` of triplets.
    func tripletDistance() throws -> PairwiseFunction {
        let named = TripletDistanceMetric.named.map { (name: $0.name.lowercased(), function: $0.function) }
        return try pairwiseFunction("distance_metric", named, default: TripletDistanceMetric.euclidean, "distance")
    }

    /// `distance_metric` of contrasted pairs.
    func siameseDistance() throws -> PairwiseFunction {
        let named = SiameseDistanceMetric.named.map { (name: $0.name.lowercased(), function: $0.function) }
        return try pairwiseFunction("distance_metric", named + [(name: "cosine", function: SiameseDistanceMetric.cosineDistance)],
                                    default: SiameseDistanceMetric.cosineDistance, "distance")
    }

    /// `distance_metric` of labelled batches: a name, or a function from embeddings to distances `[rows, rows]`.
    func batchDistance() throws -> BatchDistance {
        let slot = slot("distance_metric", nil)
        // The second spelling of the second name is the reference's old one.
        let named = BatchDistance.all.map { ($0.name, $0) } + [("cosine", .cosine), ("euclidean", .euclidean), ("eucledian_distance", .euclidean)]
        switch slot.value {
        case .nil: return .euclidean
        case .string:
            let name = try slot.choice(named.map(\.0))
            return named.first { $0.0 == name }?.1 ?? .euclidean
        case .function(let function):
            return BatchDistance(name: "lua function") { [state] embeddings in
                try LuaSlot(try function.callForOne([.object(embeddings)]), state: state, place: "distance_metric: result").object(Tensor.self)
            }
        default: throw slot.mismatch("name of a distance or function")
        }
    }

    /// `loss_fct`: a function from scores and labels, both tensors, to one element; nil if not given.
    func lossFunction() throws -> ((Tensor, Tensor) throws -> Tensor)? {
        guard let function = try optionalFunction("loss_fct") else { return nil }
        return { [state] scores, labels in
            let result = try LuaSlot(try function.callForOne([.object(scores), .object(labels)]), state: state,
                place: "loss_fct: result").object(Tensor.self)
            guard result.count == 1 else {
                throw LossError("loss_fct gave a tensor of shape \(result.shape); one element is wanted, reduce it with :mean() or :sum()")
            }
            return result
        }
    }
}

/// What the documentation says of options that several losses of bi-encoders share.
enum EmbedderOptionDoc {
    static let model = Doc.Parameter("model", "SentenceTransformer", "the model to train")

    static func pairwise(_ name: String) -> Doc.Parameter {
        .init("similarity_fct", "string or function", default: "\"\(name)\"",
              "similarity of row i with row i: \"pairwise_cos_sim\", \"pairwise_dot_score\", \"pairwise_euclidean_sim\", \"pairwise_manhattan_sim\", "
                + "\"pairwise_angle_sim\", or a function from two tensors [rows, dimension] to one [rows]")
    }

    static let batchDistance = Doc.Parameter(
        "distance_metric", "string or function", default: "\"euclidean_distance\"",
        """
            \"euclidean_distance\", \"cosine_distance\", \"squared_euclidean_distance\", or a function from a tensor [rows, \
            dimension] to distances [rows, rows]
            """)
    static let siameseDistance = Doc.Parameter(
        "distance_metric", "string or function", default: "\"cosine_distance\"",
        "\"cosine_distance\", \"euclidean\", \"manhattan\", or a function from two tensors [rows, dimension] to distances [rows]")
    static let projection = Doc.Parameter("projection_dim", "integer", optional: true,
                                          "length of the teacher's vectors where it differs from the model's; a linear map to it is learned")
    static func scale(_ summary: String = "factor of the similarities, the inverse temperature") -> Doc.Parameter {
        .init("scale", "number", default: "20", summary)
    }
    static func margin(_ value: String) -> Doc.Parameter { .init("margin", "number", default: value, "in units of the distance") }
}
