import JSON
import Losses
import Tensors

/// A loss that makes triplets of the texts of a batch by their classes, and wants the negative farther than the positive by a
/// margin. Conforming types choose the triplets.
public protocol BatchTripletLoss: EmbeddingLoss {
    var distance: BatchDistance { get }
    /// In units of the distance.
    var margin: Double { get }
}

extension BatchTripletLoss {
    public var requirements: LossRequirements? { .labelledTexts }

    public var configuration: JSONObject { ["distance_metric": .string(distance.name), "margin": .number(margin)] }
}

extension LossRequirements {
    /// Texts with the number of their class, several of a class in a batch.
    static var labelledTexts: LossRequirements {
        LossRequirements(columns: [.text], labels: [.classes(count: nil)], groupsByLabel: true)
    }
}
