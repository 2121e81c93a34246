import Tensors

/// One named LoRA adapter of a model.
final class Adapter {
    /// An update under the name of the layer that it changes.
    struct Update {
        let layer: String
        let linear: Linear
        let update: LowRankUpdate
    }

    let name: String
    let configuration: AdapterConfiguration
    let updates: [Update]
    /// Parameters that are trained whole, each with the values that are not in force: the adapter's own while it is not
    /// active, the model's while it is.
    let saved: [(parameter: NamedParameter, other: Tensor)]
    /// Parameters that are trained with it and whose values stay when it is switched off: biases.
    let biases: [NamedParameter]
    /// Whether it is trained while it is active.
    var isTrainable: Bool
    private(set) var isInPlace = false

    init(name: String, configuration: AdapterConfiguration, updates: [Update], saved: [(NamedParameter, Tensor)], biases: [NamedParameter],
         isTrainable: Bool) {
        self.name = name
        self.configuration = configuration
        self.updates = updates
        self.saved = saved.map { (parameter: $0.0, other: $0.1) }
        self.biases = biases
        self.isTrainable = isTrainable
    }

    /// Exchanges the values of the parameters that are trained whole.
    func setInPlace(_ isWanted: Bool) throws {
        guard isWanted != isInPlace else { return }
        isInPlace = isWanted
        try GradientTape.noGrad {
            for (parameter, other) in saved {
                parameter.tensor.pendingRows?.settleAll()
                let values = parameter.tensor.contiguousCopy()
                try parameter.tensor.copyInPlace(other)
                try other.copyInPlace(values)
                parameter.tensor.grad = nil
            }
        }
    }

    /// Every tensor of the adapter under its name in `adapter_model.safetensors`.
    var stored: [(name: String, tensor: Tensor)] {
        let prefix = Adapter.filePrefix
        let targeted = Set(updates.map(\.layer))
        return updates.flatMap { [(prefix + $0.layer + ".lora_A.weight", $0.update.a), (prefix + $0.layer + ".lora_B.weight", $0.update.b)] }
            + saved.map { (prefix + $0.parameter.name, isInPlace ? $0.parameter.tensor : $0.other) }
            + biases.map { bias in
                let layer = bias.name.hasSuffix(".bias") ? String(bias.name.dropLast(".bias".count)) : nil
                return (prefix + (layer.flatMap { targeted.contains($0) ? $0 + ".base_layer.bias" : nil } ?? bias.name), bias.tensor)
            }
    }

    /// The tensors of the updates under the names that they have among a model's parameters.
    var parameters: [NamedParameter] {
        updates.flatMap { [NamedParameter(name: "\($0.layer).lora_A.\(name).weight", tensor: $0.update.a),
                           NamedParameter(name: "\($0.layer).lora_B.\(name).weight", tensor: $0.update.b)] }
    }

    /// What stands before every name in PEFT's files.
    static let filePrefix = "base_model.model."
}
