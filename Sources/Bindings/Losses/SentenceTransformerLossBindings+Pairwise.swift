import Losses
import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    /// Losses over pairs with a label: CosineSimilarityLoss, CoSENTLoss, AnglELoss, ContrastiveLoss, OnlineContrastiveLoss, SoftmaxLoss.
    static func registerPairwise(_ module: LuaModule) throws {
        try module.function("CosineSimilarityLoss", doc: Doc(
            "Squared error between the cosine of two embeddings and the label. Columns: two texts. Labels: a number from -1 to 1.",
            parameters: [EmbedderOptionDoc.model],
            options: [.init("loss_fct", "function", optional: true,
                "from cosines and labels, tensors [rows], to one element; by default the mean squared error"),
                      .init("cos_score_transformation", "string or function", default: "\"identity\"",
                            "applied to the cosines: the name of an activation, or a function from a tensor to a tensor")],
            returns: "Loss", example: "local loss = sentx.losses.CosineSimilarityLoss(model)"
        )) { call in
            let options = try call.options(2)
            let activation = try options.activation("cos_score_transformation")
            let loss = CosineSimilarityLoss(model: try call.sentenceEmbedder(), activation: activation, distance: try options.lossFunction())
            try options.finish()
            return .object(loss)
        }
        try module.function("CoSENTLoss", doc: Doc(
            """
                Of two pairs, the one with the higher label should be more similar. Columns: two texts. Labels: a number, of \
                which only the order counts.
                """,
            parameters: [EmbedderOptionDoc.model], options: [EmbedderOptionDoc.scale(), EmbedderOptionDoc.pairwise("pairwise_cos_sim")],
            returns: "Loss", example: "local loss = sentx.losses.CoSENTLoss(model, { scale = 20 })"
        )) { call in
            let options = try call.options(2)
            let loss = CoSENTLoss(model: try call.sentenceEmbedder(), scale: try options.positiveNumber("scale", default: 20),
                                  similarity: try options.pairwiseSimilarity(default: PairwiseSimilarity.cosine))
            try options.finish()
            return .object(loss)
        }
        try module.function("AnglELoss", doc: Doc(
            "CoSENTLoss by angles in complex space. Columns: two texts with a number as label, or anchor, positive and negatives without.",
            parameters: [EmbedderOptionDoc.model], options: [EmbedderOptionDoc.scale()], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = AnglELoss(model: try call.sentenceEmbedder(), scale: try options.positiveNumber("scale", default: 20))
            try options.finish()
            return .object(loss)
        }
        try module.function("ContrastiveLoss", doc: Doc(
            "Pairs that belong together should be close, others a margin apart. Columns: two texts. Labels: 1 or 0, or between.",
            parameters: [EmbedderOptionDoc.model],
            options: [EmbedderOptionDoc.siameseDistance, EmbedderOptionDoc.margin("0.5"),
                      .init("size_average", "boolean", default: "true", "the mean of the rows, not the sum")], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = ContrastiveLoss(model: try call.sentenceEmbedder(), distance: try options.siameseDistance(),
                                       margin: try options.finiteNumber("margin", default: 0.5), averages: try options.bool("size_average", default: true))
            try options.finish()
            return .object(loss)
        }
        try module.function("OnlineContrastiveLoss", doc: Doc(
            "ContrastiveLoss over the hard pairs of a batch alone. Columns: two texts. Labels: 1 or 0.",
            parameters: [EmbedderOptionDoc.model], options: [EmbedderOptionDoc.siameseDistance, EmbedderOptionDoc.margin("0.5")], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = OnlineContrastiveLoss(model: try call.sentenceEmbedder(), distance: try options.siameseDistance(),
                                             margin: try options.finiteNumber("margin", default: 0.5))
            try options.finish()
            return .object(loss)
        }
        try registerSoftmax(module)
    }

    private static func registerSoftmax(_ module: LuaModule) throws {
        try module.function("SoftmaxLoss", doc: Doc(
            """
                A classifier over two embeddings and their difference, trained with the model. Columns: two texts. Labels: a \
                class number from 0, or a list of probabilities.
                """,
            parameters: [EmbedderOptionDoc.model,
                         .init("embedding_dimension", "integer", optional: true, "elements of an embedding; by default the model's"),
                         .init("num_labels", "integer", optional: true, "number of classes; needed here or as an option")],
            options: [.init("num_labels", "integer", optional: true, "number of classes"),
                      .init("embedding_dimension", "integer", optional: true, "elements of an embedding"),
                      .init("concatenation_sent_rep", "boolean", default: "true", "the classifier sees both embeddings u and v"),
                      .init("concatenation_sent_difference", "boolean", default: "true", "it sees |u - v|"),
                      .init("concatenation_sent_multiplication", "boolean", default: "false", "it sees u * v"),
                      .init("loss_fct", "function", optional: true,
                          "from outputs [rows, num_labels] and labels, both tensors, to one element; by default cross-entropy")],
            returns: "Loss", example: "local loss = sentx.losses.SoftmaxLoss(model, model:get_embedding_dimension(), 3)"
        )) { call in
            // Both as arguments, or both among the options.
            let isNamed: Bool
            if case .table = call.value(2) { isNamed = true } else { isNamed = false }
            let options = try call.options(isNamed ? 2 : 4)
            let count = try options.optionalDimension("num_labels"), dimension = try options.optionalDimension("embedding_dimension")
            let loss = try SoftmaxLoss(
                model: try call.sentenceEmbedder(), embeddingDimension: isNamed || call.slot(2).isNil ? dimension : try call.slot(2).dimension(),
                labelCount: isNamed ? try count ?? options.dimension("num_labels") : try call.slot(3, "num_labels").dimension(),
                concatenatesEmbeddings: try options.bool("concatenation_sent_rep", default: true),
                concatenatesDifference: try options.bool("concatenation_sent_difference", default: true),
                concatenatesProduct: try options.bool("concatenation_sent_multiplication", default: false), objective: try options.lossFunction())
            try options.finish()
            return .object(loss)
        }
    }
}
