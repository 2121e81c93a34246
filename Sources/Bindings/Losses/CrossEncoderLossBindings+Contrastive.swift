import Glibc
import CrossEncoderLosses
import Losses
import LuaHost

extension CrossEncoderLossBindings {
    private static let contrastiveOptions: [Doc.Parameter] = [
        .init("num_negatives", "integer or \"all\"", default: "4", "documents of other rows that each row is compared with, drawn at random"),
        .init("scale", "number", default: "10", "factor after the activation; 0 leaves scores as they are"),
        LossOptionDoc.activation("sigmoid"),
    ]

    /// MultipleNegativesRankingLoss and its cached form.
    static func registerContrastive(_ module: LuaModule) throws {
        try module.function("MultipleNegativesRankingLoss", doc: Doc(
            "Each query has to find its own document among those of other rows. Columns: query, positive, any number of negatives. Labels: none.",
            parameters: [LossOptionDoc.model], options: contrastiveOptions, returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try MultipleNegativesRankingLoss(
                model: try call.pairScorer(), negativeCount: try negativeCount(options), scale: try options.nonNegativeNumber("scale", default: 10),
                activation: try options.optionalLossActivation(default: .sigmoid))
            try options.finish()
            return .object(loss)
        }
        try module.function("CachedMultipleNegativesRankingLoss", doc: Doc(
            "MultipleNegativesRankingLoss with the memory of one mini-batch, for large batches; each pair is scored twice.",
            parameters: [LossOptionDoc.model],
            options: contrastiveOptions + [
                .init("mini_batch_size", "integer", default: "32", "pairs in one pass of the model"),
                .init("show_progress_bar", "boolean", default: "false", "progress within a batch on standard error"),
            ],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let showsProgress = try options.bool("show_progress_bar", default: false)
            let loss = try CachedMultipleNegativesRankingLoss(
                model: try call.pairScorer(), negativeCount: try negativeCount(options), scale: try options.nonNegativeNumber("scale", default: 10),
                activation: try options.optionalLossActivation(default: .sigmoid),
                miniBatchSize: try options.positiveInteger("mini_batch_size", default: 32), onMiniBatch: showsProgress ? report : nil)
            try options.finish()
            return .object(loss)
        }
    }

    /// A number, by default 4; nil for `"all"`.
    private static func negativeCount(_ options: LuaOptions) throws -> Int? {
        if case .string = options.value("num_negatives") {
            _ = try options.choice("num_negatives", ["all"])
            return nil
        }
        return try options.positiveInteger("num_negatives", default: 4)
    }

    /// One line that is written over, ended when a pass is done.
    private static func report(_ done: Int, of total: Int) {
        fputs("\rscoring pairs: \(done)/\(total)" + (done == total ? "\n" : ""), stderr)
    }
}
