import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    /// Losses that learn from a teacher: MarginMSELoss, DistillKLDivLoss, MSELoss, EmbedDistillLoss.
    static func registerDistillation(_ module: LuaModule) throws {
        try module.function("MarginMSELoss", doc: Doc(
            """
                Mean squared error between the model's and a teacher's margins of positive over negatives. Columns: query, \
                positive, one or more negatives. Labels: the margins, or the scores of positive and negatives.
                """,
            parameters: [EmbedderOptionDoc.model], options: [EmbedderOptionDoc.pairwise("pairwise_dot_score")], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = SentenceTransformerLosses.MarginMSELoss(model: try call.sentenceEmbedder(),
                                                               similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.dot))
            try options.finish()
            return .object(loss)
        }
        try module.function("DistillKLDivLoss", doc: Doc(
            """
                Divergence of the model's distribution over the candidates of a query from a teacher's. Columns: query and two \
                or more candidates. Labels: the teacher's score of each.
                """,
            parameters: [EmbedderOptionDoc.model],
            options: [EmbedderOptionDoc.pairwise("pairwise_dot_score"),
                      .init("temperature", "number", default: "1", "divides all scores; more is softer"),
                      .init("student_temperature", "number", optional: true, "in place of it for the model's scores"),
                      .init("teacher_temperature", "number", optional: true, "in place of it for the teacher's scores")],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try DistillKLDivLoss(
                model: try call.sentenceEmbedder(), similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.dot),
                temperature: try options.finiteNumber("temperature", default: 1), studentTemperature: try options.optionalFiniteNumber("student_temperature"),
                teacherTemperature: try options.optionalFiniteNumber("teacher_temperature"))
            try options.finish()
            return .object(loss)
        }
        try module.function("MSELoss", doc: Doc(
            """
                Mean squared error between embeddings and a teacher's. Columns: one or more texts. Labels: a vector for all \
                columns, or a list with one for each.
                """,
            parameters: [EmbedderOptionDoc.model], options: [EmbedderOptionDoc.projection], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = try SentenceTransformerLosses.MSELoss(model: try call.sentenceEmbedder(),
                projectionDimension: try options.optionalDimension("projection_dim"))
            try options.finish()
            return .object(loss)
        }
        try module.function("EmbedDistillLoss", doc: Doc(
            "Distance of embeddings from a teacher's. Columns: one or more texts. Labels: a vector for all columns, or a list with one for each.",
            parameters: [EmbedderOptionDoc.model],
            options: [.init("distance_metric", "string", default: "\"cosine\"", "\"cosine\", \"l2\" or \"mse\""), EmbedderOptionDoc.projection],
            returns: "Loss", example: "local loss = sentx.losses.EmbedDistillLoss(model, { distance_metric = \"l2\", projection_dim = 1024 })"
        )) { call in
            let options = try call.options(2)
            let metric = try options.choice("distance_metric", EmbedDistillLoss.Metric.allCases.map(\.rawValue), default: "cosine")
            let loss = try EmbedDistillLoss(model: try call.sentenceEmbedder(), metric: EmbedDistillLoss.Metric(rawValue: metric) ?? .cosine,
                                            projectionDimension: try options.optionalDimension("projection_dim"))
            try options.finish()
            return .object(loss)
        }
    }

    /// What MSELoss and EmbedDistillLoss can do besides.
    static let projectionClass = LuaClass<EmbedDistillLoss>(
        "ProjectionLoss", doc: "A loss over a teacher's embeddings, with or without a learned map to them: MSELoss and EmbedDistillLoss.",
            base: "Loss"
    ) { c in
        let path = Doc.Parameter("path", "string", "a safetensors file with weight and bias")
        c.method("save_projection", doc: Doc("Writes the learned map, to go on with in another run; the trainer saves the model alone.",
                                             parameters: [path])) { loss, call in
            try call.requireAtMost(1)
            try loss.saveProjection(to: try call.string(1))
            return .nil
        }
        c.method("load_projection", doc: Doc("Takes a map written by save_projection, and makes one of its shape if there is none.",
                                             parameters: [path])) { loss, call in
            try call.requireAtMost(1)
            try loss.loadProjection(from: try call.string(1))
            return .nil
        }
    }
}
