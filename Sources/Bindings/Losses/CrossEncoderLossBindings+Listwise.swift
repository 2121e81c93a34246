import CrossEncoderLosses
import Losses
import LuaHost

extension CrossEncoderLossBindings {
    private static let pairwiseOptions: [Doc.Parameter] = [
        .init("k", "integer", optional: true, "pairs count only if one of the two is among the model's first k; all if not given"),
        .init("sigma", "number", default: "1", "steepness of the sigmoid"),
        .init("eps", "number", default: "1e-10", "smallest ideal DCG to divide by"),
        .init("reduction_log", "string", default: "\"binary\"", "base of the logarithm, \"binary\" or \"natural\""),
        LossOptionDoc.activation(), LossOptionDoc.miniBatchSize,
    ]

    private static func doc(_ summary: String, _ options: [Doc.Parameter]) -> Doc {
        Doc(summary + " Columns: query, list of documents. Labels: a list of numbers, one for each document.",
            parameters: [LossOptionDoc.model], options: options, returns: "Loss")
    }

    /// Every loss over lists of documents.
    static func registerListwise(_ module: LuaModule) throws {
        try module.function("LambdaLoss", doc: doc(
            "Pairwise logistic loss, each pair weighted by what its order means for nDCG.",
            [.init("weighting_scheme", "WeightingScheme or function", default: "NDCGLoss2PPScheme()",
                   "weights of pairs; a function is given gain, discount and labels")] + pairwiseOptions
        )) { call in
            let options = try call.options(2)
            let loss = try LambdaLoss(
                model: try call.pairScorer(), weighting: try weighting(options), k: try options.optionalCount("k"),
                sigma: try options.positiveNumber("sigma", default: 1), eps: try options.positiveNumber("eps", default: 1e-10),
                reductionLog: try reductionLog(options), activation: try options.lossActivation(default: .identity),
                miniBatchSize: try options.optionalInteger("mini_batch_size"))
            try options.finish()
            return .object(loss)
        }
        try module.function("RankNetLoss",
            doc: doc("Of two documents the one with the greater label should score higher.", pairwiseOptions)) { call in
            let options = try call.options(2)
            let loss = try RankNetLoss(
                model: try call.pairScorer(), k: try options.optionalCount("k"), sigma: try options.positiveNumber("sigma", default: 1),
                eps: try options.positiveNumber("eps", default: 1e-10), reductionLog: try reductionLog(options),
                activation: try options.lossActivation(default: .identity), miniBatchSize: try options.optionalInteger("mini_batch_size"))
            try options.finish()
            return .object(loss)
        }
        try module.function("ListNetLoss", doc: doc(
            "Cross-entropy between the distributions that labels and scores make over the documents.",
            [LossOptionDoc.activation(), LossOptionDoc.miniBatchSize]
        )) { call in
            let options = try call.options(2)
            let loss = try ListNetLoss(model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                                       miniBatchSize: try options.optionalInteger("mini_batch_size"))
            try options.finish()
            return .object(loss)
        }
        try module.function("ListMLELoss", doc: doc(
            "Likelihood of the right order of the documents.",
            [LossOptionDoc.activation(), LossOptionDoc.miniBatchSize, LossOptionDoc.respectInputOrder]
        )) { call in
            let options = try call.options(2)
            let loss = try ListMLELoss(model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                                       miniBatchSize: try options.optionalInteger("mini_batch_size"),
                                       respectInputOrder: try options.bool("respect_input_order", default: true))
            try options.finish()
            return .object(loss)
        }
        try module.function("PListMLELoss", doc: doc(
            "ListMLELoss with weights of positions: the first count most.",
            [.init("lambda_weight", "LambdaWeight or \"none\"", default: "PListMLELambdaWeight()", "weights of positions"),
             LossOptionDoc.activation(), LossOptionDoc.miniBatchSize, LossOptionDoc.respectInputOrder]
        )) { call in
            let options = try call.options(2)
            let loss = try PListMLELoss(model: try call.pairScorer(), lambdaWeight: try lambdaWeight(options),
                                        activation: try options.lossActivation(default: .identity),
                                        miniBatchSize: try options.optionalInteger("mini_batch_size"),
                                        respectInputOrder: try options.bool("respect_input_order", default: true))
            try options.finish()
            return .object(loss)
        }
        try module.function("ADRMSELoss", doc: doc(
            "Squared difference between the rank by label and a smooth rank by score.",
            [.init("alpha", "number", default: "1", "steepness of the sigmoid in the smooth rank"), LossOptionDoc.activation(),
                LossOptionDoc.miniBatchSize]
        )) { call in
            let options = try call.options(2)
            let loss = try ADRMSELoss(model: try call.pairScorer(), alpha: try options.positiveNumber("alpha", default: 1),
                                      activation: try options.lossActivation(default: .identity),
                                      miniBatchSize: try options.optionalInteger("mini_batch_size"))
            try options.finish()
            return .object(loss)
        }
    }

    private static func reductionLog(_ options: LuaOptions) throws -> ReductionLog {
        ReductionLog(rawValue: try options.choice("reduction_log", ReductionLog.allCases.map(\.rawValue), default: "binary")) ?? .binary
    }

    private static func weighting(_ options: LuaOptions) throws -> any LambdaWeightingScheme {
        if case .function(let function) = options.value("weighting_scheme"), options.slot("weighting_scheme").uncalled == nil {
            return LuaWeightingScheme(function: function, state: options.state)
        }
        return try options.optionalObject("weighting_scheme", LossParts.Weighting.self)?.scheme ?? NDCGLoss2PPScheme()
    }

    private static func lambdaWeight(_ options: LuaOptions) throws -> PListMLELambdaWeight? {
        if case .string = options.value("lambda_weight") {
            _ = try options.choice("lambda_weight", ["none"])
            return nil
        }
        return try options.optionalObject("lambda_weight", LossParts.LambdaWeight.self)?.weight ?? PListMLELambdaWeight()
    }
}
