import LuaHost
import Tensors

extension TensorBindings {
    /// `sentx.functional`, also as `sentx.nn.functional`.
    static func registerFunctional(in sentx: LuaModule) throws {
        let functional = try sentx.submodule("functional", doc: "Loss functions and layers on tensors, under torch's names.")
        try registerLosses(in: functional)
        try registerLayers(in: functional)
        try sentx.submodule("nn", doc: "Building blocks, under torch's names.").alias("functional", to: .table(functional.table))
    }

    private static let reductionOption = Doc.Parameter("reduction", "string", default: "\"mean\"", "\"mean\", \"sum\" or \"none\"")

    private static func reduction(_ options: LuaOptions) throws -> Functional.Reduction {
        Functional.Reduction(rawValue: try options.choice("reduction", Functional.Reduction.allCases.map(\.rawValue), default: "mean")) ?? .mean
    }

    private static func registerLosses(in functional: LuaModule) throws {
        let logits = Doc.Parameter("logits", "Tensor", "[rows, classes]")
        let classes = Doc.Parameter("targets", "Tensor", "int64 class numbers, which count from 0 as in datasets, or probabilities")
        let weight = Doc.Parameter("weight", "Tensor", optional: true, "a factor per class")
        let ignored = Doc.Parameter("ignore_index", "integer", default: "-100", "targets of this value count for nothing")
        try functional.function("cross_entropy", doc: Doc("Cross-entropy of logits with classes.", parameters: [logits, classes], options: [
            weight, ignored, .init("label_smoothing", "number", default: "0", "the share spread over all classes"), reductionOption,
        ], returns: "Tensor")) { call in
            let options = try call.options(3)
            let loss = try Functional.crossEntropy(
                call.tensor(1), call.tensor(2), weight: options.optionalObject("weight", Tensor.self),
                ignoreIndex: Int64(options.integer("ignore_index", default: -100)), labelSmoothing: options.number("label_smoothing", default: 0),
                reduction: reduction(options))
            try options.finish()
            return .object(loss)
        }
        try functional.function("nll_loss", doc: Doc("The negative log-probability of classes.", parameters: [
            .init("log_probabilities", "Tensor", "[rows, classes]"), classes,
        ], options: [weight, ignored, reductionOption], returns: "Tensor")) { call in
            let options = try call.options(3)
            let loss = try Functional.nllLoss(call.tensor(1), call.tensor(2), weight: options.optionalObject("weight", Tensor.self),
                                              ignoreIndex: Int64(options.integer("ignore_index", default: -100)), reduction: reduction(options))
            try options.finish()
            return .object(loss)
        }
        try functional.function("binary_cross_entropy_with_logits", doc: Doc("Cross-entropy of independent yes/no logits.", parameters: [
            .init("logits", "Tensor", "any shape"), .init("targets", "Tensor", "0 to 1, of the same shape"),
        ], options: [
            .init("weight", "Tensor", optional: true, "a factor per element"),
            .init("pos_weight", "Tensor or number", optional: true, "a factor for positives"), reductionOption,
        ], returns: "Tensor")) { call in
            let options = try call.options(3)
            let input = try call.tensor(1)
            let positive = options.has("pos_weight") ? try options.slot("pos_weight").operand(beside: input) : nil
            let loss = try Functional.binaryCrossEntropyWithLogits(input, call.tensor(2), weight: options.optionalObject("weight", Tensor.self),
                                                                   posWeight: positive, reduction: reduction(options))
            try options.finish()
            return .object(loss)
        }
        try pairLoss(functional, "mse_loss", "Squared differences.") { try Functional.mse($0, $1, reduction: reduction($2)) }
        try pairLoss(functional, "l1_loss", "Absolute differences.") { try Functional.l1($0, $1, reduction: reduction($2)) }
        try pairLoss(functional, "huber_loss", "Squared differences up to delta, absolute ones beyond.",
            .init("delta", "number", default: "1", "the bound")) {
            try Functional.huber($0, $1, delta: $2.number("delta", default: 1), reduction: reduction($2))
        }
        try pairLoss(functional, "smooth_l1_loss", "The Huber loss divided by beta.", .init("beta", "number", default: "1", "the bound")) {
            try Functional.smoothL1($0, $1, beta: $2.number("beta", default: 1), reduction: reduction($2))
        }
        try functional.function("kl_div", doc: Doc("Kullback-Leibler divergence of log-probabilities from probabilities.", parameters: [
            .init("input", "Tensor", "log-probabilities"), .init("target", "Tensor", "probabilities"),
        ], options: [
            .init("log_target", "boolean", default: "false", "whether target holds logarithms"),
            .init("reduction", "string", default: "\"mean\"", "\"mean\" over elements, \"batchmean\" over rows, \"sum\" or \"none\""),
        ], returns: "Tensor")) { call in
            let options = try call.options(3)
            let isLog = try options.bool("log_target", default: false)
            let name = try options.choice("reduction", ["mean", "batchmean", "sum", "none"], default: "mean")
            try options.finish()
            let (input, target) = (try call.tensor(1), try call.tensor(2))
            guard let reduction = Functional.Reduction(rawValue: name) else {
                return .object(try Functional.klDivBatchMean(input, target, logTarget: isLog))
            }
            return .object(try Functional.klDiv(input, target, logTarget: isLog, reduction: reduction))
        }
        try functional.function("margin_ranking_loss", doc: Doc("max(0, -y (a - b) + margin).", parameters: [
            .init("a", "Tensor", "scores"), .init("b", "Tensor", "scores"), .init("y", "Tensor", "1 where a should be larger, else -1"),
        ], options: [.init("margin", "number", default: "0", "the distance wanted"), reductionOption], returns: "Tensor")) { call in
            let options = try call.options(4)
            let loss = try Functional.marginRanking(call.tensor(1), call.tensor(2), call.tensor(3),
                margin: options.number("margin", default: 0), reduction: reduction(options))
            try options.finish()
            return .object(loss)
        }
    }

    private static func pairLoss(_ functional: LuaModule, _ name: String, _ summary: String, _ extra: Doc.Parameter? = nil,
                                 _ body: @escaping (Tensor, Tensor, LuaOptions) throws -> Tensor) throws {
        try functional.function(name, doc: Doc(summary, parameters: [
            .init("input", "Tensor", "what was computed"), .init("target", "Tensor", "what is wanted, of the same shape"),
        ], options: (extra.map { [$0] } ?? []) + [reductionOption], returns: "Tensor")) { call in
            let options = try call.options(3)
            let loss = try body(call.tensor(1), call.tensor(2), options)
            try options.finish()
            return .object(loss)
        }
    }

    private static func registerLayers(in functional: LuaModule) throws {
        let input = Doc.Parameter("input", "Tensor", "the input")
        let functions: [(String, String, (Tensor) throws -> Tensor)] = [
            ("relu", "max(x, 0).", { try $0.relu() }), ("gelu", "x (1 + erf(x / sqrt 2)) / 2.", { try $0.gelu() }),
            ("sigmoid", "1 / (1 + e^-x).", { try $0.sigmoid() }), ("tanh", "Hyperbolic tangents.", { try $0.tanh() }),
            ("logsigmoid", "log(sigmoid(x)) without overflow.", { try $0.logSigmoid() }),
            ("softplus", "log(1 + e^x) without overflow.", { try $0.softplus() }),
        ]
        for (name, summary, body) in functions {
            try functional.function(name, doc: Doc(summary, parameters: [input], returns: "Tensor")) { .object(try body($0.tensor(1))) }
        }
        try functional.function("softmax",
            doc: Doc("e^x / sum(e^x) along a dimension.", parameters: [input, lastDimension], returns: "Tensor")) { call in
            let t = try call.tensor(1)
            return .object(try t.softmax(dim: call.dimension(2, of: t.rank, default: -1)))
        }
        try functional.function("log_softmax",
            doc: Doc("The logarithm of the softmax along a dimension.", parameters: [input, lastDimension], returns: "Tensor")) { call in
            let t = try call.tensor(1)
            return .object(try t.logSoftmax(dim: call.dimension(2, of: t.rank, default: -1)))
        }
        try functional.function("normalize", doc: Doc("Scaled to norm 1 along a dimension.", parameters: [input], options: [
            .init("p", "number", default: "2", "the order of the norm"), .init("dim", "integer", default: "2", "the dimension"),
            .init("eps", "number", default: "1e-12", "the least norm to divide by"),
        ], returns: "Tensor")) { call in
            let t = try call.tensor(1), options = try call.options(2)
            let dim = options.has("dim") ? try options.slot("dim").dimension(of: t.rank) : 1
            let (p, eps) = (try options.number("p", default: 2), try options.number("eps", default: 1e-12))
            try options.finish()
            return .object(try t.normalize(p: p, dim: dim, eps: eps))
        }
        try functional.function("cosine_similarity", doc: Doc("Cosines of the angles between vectors along a dimension.", parameters: [
            .init("a", "Tensor", "vectors"), .init("b", "Tensor", "vectors, broadcast"),
        ], options: [.init("dim", "integer", default: "2", "the dimension"),
            .init("eps", "number", default: "1e-8", "the least norm to divide by")], returns: "Tensor")) { call in
            let t = try call.tensor(1), options = try call.options(3)
            let dim = options.has("dim") ? try options.slot("dim").dimension(of: t.rank) : 1
            let eps = try options.number("eps", default: 1e-8)
            try options.finish()
            return .object(try t.cosineSimilarity(call.tensor(2), dim: dim, eps: eps))
        }
        try functional.function("linear", doc: Doc("input weight^T + bias.", parameters: [
            input, .init("weight", "Tensor", "[outputs, inputs]"), .init("bias", "Tensor", optional: true, "[outputs]"),
        ], returns: "Tensor")) { .object(try $0.tensor(1).linear($0.tensor(2), bias: $0.optionalObject(3, Tensor.self))) }
        try functional.function("embedding", doc: Doc("Rows of a weight matrix, for indices of any shape.", parameters: [
            .init("indices", "Tensor", "int64, counted from 1"), .init("weight", "Tensor", "[rows, features]"),
        ], returns: "Tensor")) { call in
            let weight = try call.tensor(2), indices = try call.slot(1).positions(among: weight.shape.first ?? 0)
            return .object(try weight.indexSelect(dim: 0, indices: indices.reshape([-1])).reshape(indices.shape + weight.shape.dropFirst()))
        }
        try functional.function("layer_norm", doc: Doc("Normalised to mean 0 and variance 1 over the last dimension.", parameters: [
            input, .init("weight", "Tensor", optional: true, "factors"), .init("bias", "Tensor", optional: true, "summands"),
        ], options: [.init("eps", "number", default: "1e-5", "added to the variance")], returns: "Tensor")) { call in
            let options = try call.options(4)
            let eps = try options.number("eps", default: 1e-5)
            try options.finish()
            return .object(try call.tensor(1).layerNorm(weight: call.optionalObject(2, Tensor.self), bias: call.optionalObject(3, Tensor.self),
                eps: eps))
        }
        try functional.function("one_hot", doc: Doc("1 at the place of each class number, 0 elsewhere.", parameters: [
            .init("classes", "Tensor", "int64 class numbers, from 0"), .init("num_classes", "integer", "how many there are"),
        ], returns: "Tensor")) { .object(try $0.tensor(1).oneHot(classes: $0.integer(2))) }
        try functional.function("cdist", doc: Doc("Distances between the rows of two matrices.", parameters: [
            .init("a", "Tensor", "[n, d]"), .init("b", "Tensor", "[m, d]"), .init("p", "number", default: "2", "the order of the norm"),
        ], returns: "Tensor [n, m]")) { .object(try $0.tensor(1).cdist($0.tensor(2), p: $0.number(3, default: 2))) }
    }
}
