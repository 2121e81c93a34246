import CrossEncoderLosses
import Losses
import LuaHost

/// The constructors of cross-encoder losses.
enum CrossEncoderLossBindings {
    /// BinaryCrossEntropyLoss, CrossEntropyLoss, MSELoss, MarginMSELoss.
    static func registerPointwise(_ module: LuaModule) throws {
        try module.function("BinaryCrossEntropyLoss", doc: Doc(
            "Binary cross-entropy of one score per pair: relevant or not. Columns: two texts. Labels: a number from 0 to 1.",
            parameters: [LossOptionDoc.model],
            options: [LossOptionDoc.activation(), LossOptionDoc.reduction,
                      .init("pos_weight", "number or Tensor", optional: true,
                          "weight of positives; the number of negatives to each positive is a good choice")],
            returns: "Loss", example: "local loss = sentx.losses.BinaryCrossEntropyLoss(model, { pos_weight = 5 })"
        )) { call in
            let options = try call.options(2)
            let loss = try BinaryCrossEntropyLoss(
                model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                positiveWeight: try options.numberOrTensor("pos_weight"), reduction: try options.lossReduction())
            try options.finish()
            return .object(loss)
        }
        try module.function("CrossEntropyLoss", doc: Doc(
            "Cross-entropy over the classes of a pair. Columns: two texts. Labels: a class number from 0, or a list of probabilities.",
            parameters: [LossOptionDoc.model],
            options: [LossOptionDoc.activation(), LossOptionDoc.reduction,
                      .init("weight", "table of numbers or Tensor", optional: true, "a weight for each class"),
                      .init("label_smoothing", "number", default: "0", "share of the target that is spread over all classes"),
                      .init("ignore_index", "integer", default: "-100", "rows with this label do not count")],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try CrossEntropyLoss(
                model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                classWeights: try options.numbersOrTensor("weight"), labelSmoothing: try options.finiteNumber("label_smoothing", default: 0),
                ignoredClass: try options.integer("ignore_index", default: -100), reduction: try options.lossReduction())
            try options.finish()
            return .object(loss)
        }
        try module.function("MSELoss", doc: Doc(
            "Mean squared error between score and label, to learn a teacher's scores. Columns: two texts. Labels: a number.",
            parameters: [LossOptionDoc.model], options: [LossOptionDoc.activation(), LossOptionDoc.reduction], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try MSELoss(model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                                   reduction: try options.lossReduction())
            try options.finish()
            return .object(loss)
        }
        try module.function("MarginMSELoss", doc: Doc(
            """
                Mean squared error between the model's and a teacher's margins of positive over negatives. Columns: query, \
                positive, one or more negatives. Labels: the margins, or the scores of positive and negatives.
                """,
            parameters: [LossOptionDoc.model], options: [LossOptionDoc.activation(), LossOptionDoc.reduction], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try MarginMSELoss(model: try call.pairScorer(), activation: try options.lossActivation(default: .identity),
                                         reduction: try options.lossReduction())
            try options.finish()
            return .object(loss)
        }
    }
}
