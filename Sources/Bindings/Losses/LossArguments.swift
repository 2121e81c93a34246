import Encoders
import Losses
import LuaHost
import Tensors
import TextFormat

/// Reading the arguments and options that losses have in common.
extension LuaCall {
    /// The model, the first argument of every loss of cross-encoders.
    func pairScorer() throws -> any PairScorer {
        guard let model = slot(1, "model").objectIfPresent((any PairScorer).self) else {
            throw slot(1, "model").mismatch("CrossEncoder")
        }
        return model
    }

    /// The model, the first argument of every loss of bi-encoders; or another such model at a later place.
    func sentenceEmbedder(_ position: Int = 1) throws -> any SentenceEmbedder {
        let slot = slot(position)
        if slot.objectIfPresent(SparseEncoder.self) != nil {
            throw slot.mismatch("SentenceTransformer; the losses of a SparseEncoder are in sentx.sparse_encoder.losses, such as "
                + "SpladeLoss around SparseMultipleNegativesRankingLoss")
        }
        guard let model = slot.objectIfPresent((any SentenceEmbedder).self) else { throw slot.mismatch("SentenceTransformer") }
        return model
    }
}

extension LuaSlot {
    /// A loss: one of `sentx.losses`, or one written in Lua (a function, or a table with `forward`).
    func loss(in state: LuaState) throws -> any Loss {
        if let loss = objectIfPresent((any Loss).self) { return loss }
        if uncalled == nil, let loss = try LuaLoss(value, state: state) { return loss }
        throw mismatch("loss (of sentx.losses, a function, or a table with a forward function)")
    }
}

extension LuaOptions {
    /// `activation_fn`: a name, or a function from a tensor to a tensor of the same shape.
    func lossActivation(default fallback: LossActivation) throws -> LossActivation {
        try optionalLossActivation(default: fallback) ?? .identity
    }

    /// The same under another name.
    func activation(_ option: String) throws -> LossActivation { try optionalLossActivation(option, default: .identity) ?? .identity }

    /// The same where `"none"` leaves the scores as they are.
    func optionalLossActivation(_ option: String = "activation_fn", default fallback: LossActivation) throws -> LossActivation? {
        let slot = slot(option, nil)
        switch slot.value {
        case .nil: return fallback
        case .string("none"): return nil
        case .string:
            let name = try slot.choice(LossActivation.named.map(\.name) + ["none"])
            return LossActivation.named.first { $0.name == name }?.activation
        case .function(let function):
            return LossActivation(name: "lua function") { [state] scores in
                try LuaSlot(try function.callForOne([.object(scores)]), state: state, place: "\(option): result").object(Tensor.self)
            }
        default: throw slot.mismatch("name of an activation or function")
        }
    }

    func lossReduction() throws -> LossReduction {
        LossReduction(rawValue: try choice("reduction", LossReduction.allCases.map(\.rawValue), default: "mean")) ?? .mean
    }

    /// A finite number, or a tensor of one element that holds one.
    func numberOrTensor(_ name: String) throws -> Double? {
        let slot = slot(name, nil)
        guard let tensor = slot.objectIfPresent(Tensor.self) else { return try optionalFiniteNumber(name) }
        guard tensor.count == 1 else { throw slot.invalid("a number, or a tensor of one element, is wanted") }
        let number = try tensor.item()
        guard number.isFinite else { throw slot.invalid("a finite number is wanted, the tensor holds \(number.general())") }
        return number
    }

    /// A list of finite numbers, or a tensor of them with one dimension.
    func numbersOrTensor(_ name: String) throws -> [Double]? {
        let slot = slot(name, nil)
        guard let tensor = slot.objectIfPresent(Tensor.self) else { return try optionalFiniteNumbers(name) }
        guard tensor.rank == 1 else { throw slot.invalid("a tensor with one dimension is wanted") }
        let numbers = try tensor.toFloat32().floatArray().map(Double.init)
        if let wrong = numbers.first(where: { !$0.isFinite }) {
            throw slot.invalid("finite numbers are wanted, the tensor holds \(wrong.general())")
        }
        return numbers
    }
}

/// What the documentation says of options that several losses share.
enum LossOptionDoc {
    static let model = Doc.Parameter("model", "CrossEncoder", "the model to train")
    static let embedder = Doc.Parameter("model", "SentenceTransformer", "the model to train")

    static func activation(_ name: String = "identity") -> Doc.Parameter {
        .init("activation_fn", "string or function", default: "\"\(name)\"",
              """
                  applied to the raw scores first: \"identity\", \"sigmoid\", \"tanh\", \"relu\", \"gelu\", \"silu\", \
                  \"softmax\", \"softplus\", \"log_sigmoid\", or a function from a tensor to a tensor
                  """)
    }

    static let reduction = Doc.Parameter("reduction", "string", default: "\"mean\"", "\"mean\" or \"sum\" over the elements of a batch")
    static let miniBatchSize = Doc.Parameter("mini_batch_size", "integer", optional: true,
                                             "pairs in one pass of the model; all at once if not given, or for 0 or less")
    static let respectInputOrder = Doc.Parameter("respect_input_order", "boolean", default: "true",
                                                 "documents come best first; false sorts them by label")
}
