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
    ///   - firstOnly: whether only the first token of each sequence is wanted.
    ///   - isCheckpointed: whether to keep only the input, and compute the layer again in the backward pass.
    /// - Returns: `[tokens, hidden]`, or `[sequences, hidden]` for `firstOnly`.
    func callAsFunction(
        _ x: Tensor, _ batch: PackedBatch, dropout: LayerDropout, firstOnly: Bool, isCheckpointed: Bool
    ) -> Tensor {
        let inputs = [x] + attention.parameters + feedForward.parameters
        guard isCheckpointed, Tensor.records(inputs) else {
            return feedForward(attention(x, batch, dropout: dropout, firstOnly: firstOnly), dropout: dropout.output, dropouts: dropout.updates)
        }
        let precision = ComputePrecision.current
        // Written here as it is computed below, so that both give the same bits.
        let result = GradientTape.noGrad {
            feedForward(attention(x, batch, dropout: dropout, firstOnly: firstOnly), dropout: dropout.output, dropouts: dropout.updates)
        }
        return result.recorded(as: "checkpointed layer", from: inputs) { [self] gradient in
            let input = x.detach()
            input.requiresGrad = x.requiresGrad
            let again = ComputePrecision.with(precision) {
                GradientTape.enableGrad {
                    feedForward(attention(input, batch, dropout: dropout, firstOnly: firstOnly), dropout: dropout.output, dropouts: dropout.updates)
                }
            }
            try again.backward(gradient)
            return [input.grad]
        }
    }
}
