import Kernels
import Tensors

/// The dropout of one layer in one forward pass; nil where nothing is dropped. The same values make the same choices again.
struct LayerDropout {
    /// Of attention weights.
    var attention: Dropout?
    /// Of the attention block's output.
    var attentionOutput: Dropout?
    /// Of the feed-forward block's output.
    var output: Dropout?
    /// Of the inputs of low-rank updates.
    var updates = UpdateDropout()
}

/// One layer of a transformer: attention, then feed-forward.
public final class TransformerLayer {
    public let attention: AttentionBlock
    public let feedForward: FeedForwardBlock

    public init(attention: AttentionBlock, feedForward: FeedForwardBlock) {
        self.attention = attention
        self.feedForward = feedForward
    }

    /// Every linear layer.
    var linears: [Linear] { attention.linears + feedForward.linears }

    /// A fresh dropout for each update of the layer that has one.
    func freshUpdateDropouts() -> UpdateDropout {
        var dropouts = UpdateDropout()
        for linear in linears { linear.addFreshDropouts(to: &dropouts) }
        return dropouts
    }

    /// - Parameters:
    ///   - x: `[tokens, hidden]`
    ///   - bias: see ``AttentionBlock``.
    ///   - firstOnly: whether only the first token of each sequence is wanted.
    ///   - isCheckpointed: whether to keep only the input, and compute the layer again in the backward pass.
    /// - Returns: `[tokens, hidden]`, or `[sequences, hidden]` for `firstOnly`.
    func callAsFunction(
        _ input: HiddenRows, _ batch: PackedBatch, bias: Tensor? = nil, dropout: LayerDropout, firstOnly: Bool, isCheckpointed: Bool
    ) -> HiddenRows {
        let x = input.values, inputs = [x] + (bias.map { [$0] } ?? []) + attention.parameters + feedForward.parameters
        let isCheckpointed = isCheckpointed && Tensor.records(inputs)
        func run(_ x: HiddenRows, _ bias: Tensor?) -> HiddenRows {
            feedForward(attention(x, batch, bias: bias, dropout: dropout, firstOnly: firstOnly), dropout: dropout.output, dropouts: dropout.updates,
                        keepsNormalized: isCheckpointed)
        }
        guard isCheckpointed else { return run(input, bias) }
        let precision = ComputePrecision.current
        // Written here as it is computed below, so that both give the same bits.
        let result = GradientTape.noGrad { run(input, bias) }, normalized = input.normalized
        result.values.recorded(as: "checkpointed layer", from: inputs) { gradient in
            let cut = [x, bias].map { tensor in
                let leaf = tensor?.detach()
                leaf?.requiresGrad = tensor!.requiresGrad
                return leaf
            }
            let again = ComputePrecision.with(precision) { GradientTape.enableGrad { run(HiddenRows(cut[0]!, normalized: normalized), cut[1]) } }
            try again.values.backward(gradient)
            return cut.compactMap { $0 }.map(\.grad)
        }
        return result
    }
}
