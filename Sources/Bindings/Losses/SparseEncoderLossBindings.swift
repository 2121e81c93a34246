import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses
import SparseEncoderLosses

/// The losses of sparse encoders.
enum SparseEncoderLossBindings {
    static func register(_ module: LuaModule) throws {
        try registerMaskedLanguageModel(module)
        try registerSplade(module)
        try registerRegularizers(module)
        try registerCSR(module)
        try registerContrastive(module)
        try registerPairwise(module)
        try registerDistillation(module)
    }

    private static func registerMaskedLanguageModel(_ module: LuaModule) throws {
        try module.function("MaskedLanguageModelLoss", doc: Doc(
            "Guessing hidden words: what a fresh masked-language-model head has to learn before it can serve a sparse encoder.",
            parameters: [.init("model", "SparseEncoder", "a model with a masked-language-model head")],
            options: [
                .init("mlm_probability", "number", default: "0.15", "the share of tokens that are guessed"),
                .init("whole_word_mask", "boolean", default: "false", "whether all tokens of a word are hidden together"),
            ], returns: "Loss", example: "local loss = sentx.losses.MaskedLanguageModelLoss(model, { whole_word_mask = true })")) { call in
            let model = try call.sparseEncoder(for: "MaskedLanguageModelLoss")
            let given = try call.options(2)
            let probability = try given.finiteNumber("mlm_probability", default: 0.15), masksWords = try given.bool("whole_word_mask", default: false)
            try given.finish()
            return .object(try MaskedLanguageModelLoss(model: model, maskProbability: probability, masksWholeWords: masksWords))
        }
    }

    private static func registerSplade(_ module: LuaModule) throws {
        try module.function("SpladeLoss", doc: Doc(
            "Another loss plus penalties that keep the embeddings of documents and queries sparse. Columns and labels: those of the loss.",
            parameters: [SparseOptionDoc.model, SparseOptionDoc.inner], options: SparseOptionDoc.splade, returns: "Loss", example: """
                local loss = sentx.losses.SpladeLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model), {
                  document_regularizer_weight = 3e-5, query_regularizer_weight = 5e-5,
                })
                """
        )) { call in
            let options = try call.options(3)
            let loss = try SpladeLoss(model: try call.sparseEncoder(for: "SpladeLoss"), inner: try call.innerSparseLoss(), options: try options.splade())
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
        try module.function("CachedSpladeLoss", doc: Doc(
            "SpladeLoss with gradient caching, for large batches in little memory. Columns and labels: those of the loss.",
            parameters: [SparseOptionDoc.model, SparseOptionDoc.inner], options: SparseOptionDoc.splade + LossOptionDoc.miniBatches(),
            returns: "Loss"
        )) { call in
            let options = try call.options(3)
            let loss = try CachedSpladeLoss(model: try call.sparseEncoder(for: "CachedSpladeLoss"), inner: try call.innerSparseLoss(),
                                            options: try options.splade(), miniBatches: try options.miniBatches())
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
    }

    private static func registerRegularizers(_ module: LuaModule) throws {
        try module.function("FlopsLoss", doc: Doc(
            "A penalty for SpladeLoss: the sum of squares of each element's mean, so that no element is active in many texts.",
            parameters: [SparseOptionDoc.model], options: [SparseOptionDoc.threshold], returns: "Loss"
        )) { call in
            _ = try call.sparseEncoder(for: "FlopsLoss")
            let options = try call.options(2)
            let loss = try FlopsLoss(threshold: try options.optionalCount("threshold"))
            try options.finish()
            return .object(loss)
        }
        try module.function("L1Loss", doc: Doc(
            "A penalty for SpladeLoss: the mean sum of weights of a text.",
            parameters: [SparseOptionDoc.model], options: [SparseOptionDoc.threshold], returns: "Loss"
        )) { call in
            _ = try call.sparseEncoder(for: "L1Loss")
            let options = try call.options(2)
            let loss = try L1Loss(threshold: try options.optionalCount("threshold"))
            try options.finish()
            return .object(loss)
        }
    }

    private static func registerCSR(_ module: LuaModule) throws {
        try module.function("CSRLoss", doc: Doc(
            "For models with a SparseAutoEncoder: restoring the dense embedding, and another loss on the sparse one. Columns and labels: those "
                + "of the loss.",
            parameters: [SparseOptionDoc.model, .init("loss", "Loss", optional: true, "by default SparseMultipleNegativesRankingLoss")],
            options: [.init("beta", "number", default: "0.1", "the weight of the term of latents that no text uses"),
                      .init("gamma", "number", default: "1", "the weight of the loss")],
            returns: "Loss", example: "local loss = sentx.losses.CSRLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model))"
        )) { call in
            let model = try call.sparseEncoder(for: "CSRLoss")
            let isLossGiven = call.slot(2).objectIfPresent((any Loss).self) != nil
            let options = try call.options(isLossGiven || call.slot(2).isNil ? 3 : 2)
            let loss = try CSRLoss(model: model, inner: isLossGiven ? try call.innerSparseLoss() : nil,
                                   beta: try options.nonNegativeNumber("beta", default: 0.1), gamma: try options.nonNegativeNumber("gamma", default: 1))
            try options.finish()
            return .object(loss)
        }
        try module.function("CSRReconstructionLoss", doc: Doc(
            "The part of CSRLoss that restores the dense embedding; it cannot be trained by alone.", parameters: [SparseOptionDoc.model],
            options: [.init("beta", "number", default: "1", "the weight of the term of latents that no text uses")], returns: "Loss"
        )) { call in
            _ = try call.sparseEncoder(for: "CSRReconstructionLoss")
            let options = try call.options(2)
            let loss = CSRReconstructionLoss(beta: try options.nonNegativeNumber("beta", default: 1))
            try options.finish()
            return .object(loss)
        }
    }
}
