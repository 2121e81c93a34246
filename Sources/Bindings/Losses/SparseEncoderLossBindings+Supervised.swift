import Losses
import LuaHost
import SentenceTransformerLosses
import SparseEncoderLosses

extension SparseEncoderLossBindings {
    private static let place = " For SpladeLoss or CSRLoss to stand around."

    /// Losses over queries with documents: in-batch negatives and triplets.
    static func registerContrastive(_ module: LuaModule) throws {
        let name = "SparseMultipleNegativesRankingLoss"
        try module.function(name, doc: Doc(
            "Each query has to find its own document among those of all rows. Columns: query, positive, any number of negatives." + place,
            parameters: [SparseOptionDoc.model],
            options: SentenceTransformerLossBindings.contrastOptions(scale: "1", similarity: "dot"), returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: name)
            let options = try call.options(2)
            let loss = try SparseMultipleNegativesRankingLoss(
                model: model, options: try options.contrast(default: SparseMultipleNegativesRankingLoss.defaults))
            try options.finish()
            reportNotes(loss.notes)
            return .object(loss)
        }
        try module.function("SparseTripletLoss", doc: Doc(
            "The negative should be further from the anchor than the positive, by a margin. Columns: anchor, positive, negative." + place,
            parameters: [SparseOptionDoc.model],
            options: [.init("distance_metric", "string or function", default: "\"euclidean\"",
                            "\"euclidean\", \"cosine\", \"manhattan\", or a function from two tensors [rows, dimension] to distances [rows]"),
                      .init("triplet_margin", "number", default: "5", "in units of the distance; cosine distances end at 1")], returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseTripletLoss")
            let options = try call.options(2)
            let loss = SparseTripletLoss(model: model, distance: try options.tripletDistance(),
                                         margin: try options.finiteNumber("triplet_margin", default: 5))
            try options.finish()
            return .object(loss)
        }
    }

    /// Losses over pairs with a number.
    static func registerPairwise(_ module: LuaModule) throws {
        try module.function("SparseCoSENTLoss", doc: Doc(
            "Of two pairs, the one with the higher label should be more similar. Columns: two texts. Labels: a number." + place,
            parameters: [SparseOptionDoc.model], options: [EmbedderOptionDoc.scale(), EmbedderOptionDoc.pairwise("pairwise_cos_sim")],
            returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseCoSENTLoss")
            let options = try call.options(2)
            let loss = SparseCoSENTLoss(model: model, scale: try options.positiveNumber("scale", default: 20),
                                        similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.cosine))
            try options.finish()
            return .object(loss)
        }
        try module.function("SparseAnglELoss", doc: Doc(
            "SparseCoSENTLoss by angles in complex space. Columns: two texts. Labels: a number." + place,
            parameters: [SparseOptionDoc.model], options: [EmbedderOptionDoc.scale()], returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseAnglELoss")
            let options = try call.options(2)
            let loss = SparseAnglELoss(model: model, scale: try options.positiveNumber("scale", default: 20))
            try options.finish()
            return .object(loss)
        }
        try module.function("SparseCosineSimilarityLoss", doc: Doc(
            "Squared error between the cosine of two embeddings and the label. Columns: two texts. Labels: a number from 0 to 1." + place,
            parameters: [SparseOptionDoc.model],
            options: [.init("loss_fct", "function", optional: true,
                            "from cosines and labels, tensors [rows], to one element; by default the mean squared error"),
                      .init("cos_score_transformation", "string or function", default: "\"identity\"",
                            "applied to the cosines: the name of an activation, or a function from a tensor to a tensor")], returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseCosineSimilarityLoss")
            let options = try call.options(2)
            let loss = SparseCosineSimilarityLoss(model: model, activation: try options.activation("cos_score_transformation"),
                                                  distance: try options.lossFunction())
            try options.finish()
            return .object(loss)
        }
    }

    /// Losses that learn from a teacher.
    static func registerDistillation(_ module: LuaModule) throws {
        try module.function("SparseMarginMSELoss", doc: Doc(
            "Squared error between the model's and a teacher's margins of positive over negatives. Columns: query, positive, one or more "
                + "negatives. Labels: the margins, or the scores." + place,
            parameters: [SparseOptionDoc.model], options: [EmbedderOptionDoc.pairwise("pairwise_dot_score")], returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseMarginMSELoss")
            let options = try call.options(2)
            let loss = SparseMarginMSELoss(model: model, similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.dot))
            try options.finish()
            return .object(loss)
        }
        try module.function("SparseDistillKLDivLoss", doc: Doc(
            "Divergence of the model's distribution over the candidates of a query from a teacher's. Columns: query and two or more candidates. "
                + "Labels: the teacher's score of each." + place,
            parameters: [SparseOptionDoc.model],
            options: [EmbedderOptionDoc.pairwise("pairwise_dot_score"),
                      .init("temperature", "number", default: "2", "divides all scores; more is softer"),
                      .init("student_temperature", "number", optional: true, "in place of it for the model's scores"),
                      .init("teacher_temperature", "number", optional: true, "in place of it for the teacher's scores")], returns: "Loss"
        )) { call in
            let model = try call.sparseEncoder(for: "SparseDistillKLDivLoss")
            let options = try call.options(2)
            let loss = try SparseDistillKLDivLoss(
                model: model, similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.dot),
                temperature: try options.finiteNumber("temperature", default: 2), studentTemperature: try options.optionalFiniteNumber("student_temperature"),
                teacherTemperature: try options.optionalFiniteNumber("teacher_temperature"))
            try options.finish()
            return .object(loss)
        }
        try module.function("SparseMSELoss", doc: Doc(
            "Squared error between embeddings and a sparse teacher's, with or without SpladeLoss around it. Columns: one or more texts. "
                + "Labels: a vector for all columns, or a list with one for each, zeros included.",
            parameters: [SparseOptionDoc.model], returns: "Loss"
        )) { call in
            try call.requireAtMost(1)
            return .object(try SparseMSELoss(model: try call.sparseEncoder(for: "SparseMSELoss")))
        }
    }
}
