import Tensors

extension Transformer {
    /// The output of the embedding layer and then of each layer, each `[tokens, hidden]`, on the tape.
    public func allHiddenStates(_ batch: PackedBatch) throws -> [Tensor] {
        if batch.sequenceCount == 0 { return [Tensor](repeating: Tensor(zeros: [0, configuration.hiddenSize]), count: layers.count + 1) }
        try checkRoom(for: batch)
        var states = [HiddenRows(try embeddings(batch, dropout: dropout(configuration.hiddenDropout)))]
        let bias = try relativeBias?(length: batch.longest)
        for layer in layers {
            states.append(layer(states[states.count - 1], batch, bias: bias, dropout: layerDropout(layer), firstOnly: false,
                                isCheckpointed: usesGradientCheckpointing))
        }
        return states.map(\.values)
    }
}
