import Encoders
import Losses

/// What a run trains: the parameters of the model, and those that its losses have of their own.
struct LearnedParameters {
    /// The file of a checkpoint that holds the losses' parameters.
    static let lossFile = "loss.safetensors"

    let model: [NamedParameter]
    /// Named `loss.NAME`, or `loss.DATASET.NAME` where there are several losses.
    let losses: [NamedParameter]

    init(of model: any EncoderModel, losses: [(name: String?, loss: any Loss)]) {
        self.model = model.parameters
        var seen = Set(self.model.map { ObjectIdentifier($0.tensor) })
        self.losses = losses.enumerated().flatMap { index, entry in
            let prefix = losses.count == 1 ? "loss." : "loss.\(entry.name ?? "\(index + 1)")."
            // A loss may name what is the model's, or what another loss has named.
            return entry.loss.parameters.filter { seen.insert(ObjectIdentifier($0.tensor)).inserted }
                .map { NamedParameter(name: prefix + $0.name, tensor: $0.tensor) }
        }
    }

    var all: [NamedParameter] { model + losses }

    /// Where a checkpoint keeps the losses' parameters.
    var storedLosses: [StoredParameter] { losses.map { StoredParameter(file: Self.lossFile, name: $0.name, tensor: $0.tensor) } }
}
