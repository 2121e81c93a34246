import Encoders
import Losses
import LuaHost

/// The losses of sparse encoders.
enum SparseEncoderLossBindings {
    static func register(_ module: LuaModule) throws {
        try module.function("MaskedLanguageModelLoss", doc: Doc(
            "Guessing hidden words: what a fresh masked-language-model head has to learn before it can serve a sparse encoder.",
            parameters: [.init("model", "SparseEncoder", "a model with a masked-language-model head")],
            options: [
                .init("mlm_probability", "number", default: "0.15", "the share of tokens that are guessed"),
                .init("whole_word_mask", "boolean", default: "false", "whether all tokens of a word are hidden together"),
            ], returns: "Loss", example: "local loss = sentx.losses.MaskedLanguageModelLoss(model, { whole_word_mask = true })")) { call in
            guard let model = call.slot(1, "model").objectIfPresent(SparseEncoder.self) else {
                throw call.slot(1, "model").mismatch("SparseEncoder")
            }
            let given = try call.options(2)
            let probability = try given.number("mlm_probability", default: 0.15), masksWords = try given.bool("whole_word_mask", default: false)
            try given.finish()
            return .object(try MaskedLanguageModelLoss(model: model, maskProbability: probability, masksWholeWords: masksWords))
        }
    }
}
