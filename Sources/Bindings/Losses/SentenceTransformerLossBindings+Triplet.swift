import Encoders
import Losses
import LuaHost
import SentenceTransformerLosses

extension SentenceTransformerLossBindings {
    /// Losses over triplets, given or found in labelled batches.
    static func registerTriplet(_ module: LuaModule) throws {
        try module.function("TripletLoss", doc: Doc(
            "The negative should be further from the anchor than the positive, by a margin. Columns: anchor, positive, negative. Labels: none.",
            parameters: [EmbedderOptionDoc.model],
            options: [.init("distance_metric", "string or function", default: "\"euclidean\"",
                            "\"euclidean\", \"cosine\", \"manhattan\", or a function from two tensors [rows, dimension] to distances [rows]"),
                      .init("triplet_margin", "number", default: "5", "in units of the distance; cosine distances end at 2")],
            returns: "Loss",
            example: """
                local loss = sentx.losses.TripletLoss(model, { distance_metric = sentx.losses.TripletDistanceMetric.COSINE, \
                triplet_margin = 0.2 })
                """
        )) { call in
            let options = try call.options(2)
            let loss = TripletLoss(model: try call.sentenceEmbedder(), distance: try options.tripletDistance(),
                                   margin: try options.finiteNumber("triplet_margin", default: 5))
            try options.finish()
            return .object(loss)
        }
        try registerBatchLoss("BatchAllTripletLoss", "Every triplet of a batch: two texts of one class and one of another.", module) {
            BatchAllTripletLoss(model: $0, distance: $1, margin: $2)
        }
        try registerBatchLoss("BatchHardTripletLoss", "Each text of a batch with the farthest of its class and the nearest of another.", module) {
            BatchHardTripletLoss(model: $0, distance: $1, margin: $2)
        }
        try registerBatchLoss("BatchSemiHardTripletLoss", "Each two texts of a class with the nearest of another class that is farther.", module) {
            BatchSemiHardTripletLoss(model: $0, distance: $1, margin: $2)
        }
        try module.function("BatchHardSoftMarginTripletLoss", doc: Doc(
            "BatchHardTripletLoss with a smooth margin that needs no tuning. \(classColumns)", parameters: [EmbedderOptionDoc.model],
            options: [EmbedderOptionDoc.batchDistance], returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = BatchHardSoftMarginTripletLoss(model: try call.sentenceEmbedder(), distance: try options.batchDistance())
            try options.finish()
            return .object(loss)
        }
    }

    /// The names of distances, `TripletDistanceMetric`, `SiameseDistanceMetric`, `BatchHardTripletLossDistanceFunction`: each name is a
    /// constant with the text that the option takes.
    static func registerDistances(_ module: LuaModule) throws {
        let sets: [(String, String, [String], (String) -> String)] = [
            ("TripletDistanceMetric", "Distances of TripletLoss.", TripletDistanceMetric.named.map(\.name), { $0.lowercased() }),
            ("SiameseDistanceMetric", "Distances of ContrastiveLoss and OnlineContrastiveLoss.", SiameseDistanceMetric.named.map(\.name),
                { $0.lowercased() }),
            ("BatchHardTripletLossDistanceFunction", "Distances of the losses over labelled batches.", BatchDistance.all.map(\.name)
                + ["eucledian_distance"], { $0 }),
        ]
        for (name, summary, members, value) in sets {
            let set = try module.submodule(name, doc: Doc(summary))
            for member in members {
                try set.constant(member, .string(value(member)), doc: Doc("The option distance_metric = \"\(value(member))\"."))
            }
        }
    }

    private static let classColumns = "Columns: one text. Labels: the number of its class. Set batch_sampler = \"group_by_label\"."

    private static func registerBatchLoss(_ name: String, _ summary: String, _ module: LuaModule,
                                          _ make: @escaping (any SentenceEmbedder, BatchDistance, Double) -> any Loss) throws {
        try module.function(name, doc: Doc(
            "\(summary) \(classColumns)", parameters: [EmbedderOptionDoc.model],
                options: [EmbedderOptionDoc.batchDistance, EmbedderOptionDoc.margin("5")],
            returns: "Loss"
        )) { call in
            let options = try call.options(2)
            let loss = make(try call.sentenceEmbedder(), try options.batchDistance(), try options.finiteNumber("margin", default: 5))
            try options.finish()
            return .object(loss)
        }
    }
}
