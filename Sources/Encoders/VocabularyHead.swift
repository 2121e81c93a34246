import Kernels
import Tensors

/// The masked-language-model head: a dense layer, an activation and a norm, and then a score for every word of the vocabulary.
public final class VocabularyHead {
    /// `[hidden, hidden]`
    public let transform: Linear
    public let norm: LayerNorm
    /// A row for each word, `[vocabulary, hidden]`; that of the word embeddings where the head is tied to them.
    public let decoder: Tensor
    /// `[vocabulary]`
    public let bias: Tensor
    /// Whether ``decoder`` is the table of word embeddings.
    public let isTied: Bool
    /// Whether it was made fresh, because the folder has none, and has not learnt to guess words since.
    public internal(set) var isNew: Bool
    private let activation: HiddenActivation
    private let names: Names

    /// From the folder's weights; or fresh, as transformers makes it: normal weights, no biases, the decoder tied.
    /// - Throws: ``ModelError`` for a head of which parts are missing or of another shape.
    init(configuration: TransformerConfiguration, weights: any WeightSource, words: Tensor, generator: Generator) throws {
        let names = Names(family: configuration.family)
        let hidden = configuration.hiddenSize, vocabulary = configuration.vocabularySize
        self.names = names
        // The heads of the RoBERTa family and of MPNet have GELU, whatever the layers have.
        activation = [.roberta, .xlmRoberta, .mpnet].contains(configuration.family) ? .gelu : configuration.activation
        isNew = !weights.contains(names.dense + ".weight")
        isTied = configuration.json["tie_word_embeddings"]?.asBool ?? true
        func fresh(_ shape: [Int]) throws -> Tensor {
            try Tensor.randn(shape, generator: generator).multiplying(Double(configuration.initializerRange))
        }
        if isNew {
            transform = Linear(weight: try fresh([hidden, hidden]), bias: Tensor(zeros: [hidden]))
            norm = LayerNorm(weight: Tensor(repeating: 1, shape: [hidden]), bias: Tensor(zeros: [hidden]), epsilon: configuration.normEpsilon)
            decoder = isTied ? words : try fresh([vocabulary, hidden])
            bias = Tensor(zeros: [vocabulary])
        } else {
            transform = Linear(weight: try weights.tensor(names.dense + ".weight", shape: [hidden, hidden]),
                               bias: try weights.tensor(names.dense + ".bias", shape: [hidden]))
            norm = LayerNorm(weight: try weights.tensor(names.norm + ".weight", shape: [hidden]),
                             bias: try weights.tensor(names.norm + ".bias", shape: [hidden]), epsilon: configuration.normEpsilon)
            decoder = isTied ? words : try weights.tensor(names.decoder + ".weight", shape: [vocabulary, hidden])
            // Both names are in the files of untied heads, which use that of the decoder.
            let order = isTied ? [names.bias, names.decoder + ".bias"] : [names.decoder + ".bias", names.bias]
            bias = try weights.tensor(order.first(where: weights.contains) ?? order[0], shape: [vocabulary])
        }
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    public var wordCount: Int { decoder.shape[0] }

    /// Under their names in a file; without the decoder where that is the word embeddings.
    var parameters: [NamedParameter] {
        [NamedParameter(name: names.dense + ".weight", tensor: transform.weight),
         NamedParameter(name: names.dense + ".bias", tensor: transform.bias!),
         NamedParameter(name: names.norm + ".weight", tensor: norm.weight), NamedParameter(name: names.norm + ".bias", tensor: norm.bias),
         NamedParameter(name: isTied ? names.bias : names.decoder + ".bias", tensor: bias)]
            + (isTied ? [] : [NamedParameter(name: names.decoder + ".weight", tensor: decoder)])
    }

    private struct Names {
        let dense, norm, decoder, bias: String

        init(family: TransformerConfiguration.Family) {
            switch family {
            case .bert:
                (dense, norm) = ("cls.predictions.transform.dense", "cls.predictions.transform.LayerNorm")
                (decoder, bias) = ("cls.predictions.decoder", "cls.predictions.bias")
            case .distilbert:
                (dense, norm, decoder, bias) = ("vocab_transform", "vocab_layer_norm", "vocab_projector", "vocab_projector.bias")
            case .roberta, .xlmRoberta, .mpnet:
                (dense, norm, decoder, bias) = ("lm_head.dense", "lm_head.layer_norm", "lm_head.decoder", "lm_head.bias")
            }
        }
    }

    /// What scores are products of: `norm(activation(dense(x)))`, as one tape node.
    /// - Parameter x: `[rows, hidden]`, outputs of the last layer.
    /// - Returns: `[rows, hidden]`
    public func transformed(_ x: Tensor) -> Tensor {
        // The decoder is read next, and may be the table of word embeddings.
        decoder.pendingRows?.settleAll()
        let x = x.contiguous()
        let rows = x.shape[0], hidden = x.shape[1]
        let expanded = Tensor(uninitialized: [rows, hidden])
        let activated = Tensor(uninitialized: [rows, hidden])
        let (transform, norm, activation) = (self.transform, self.norm, self.activation)
        let inputs = [x, transform.weight, transform.bias!, norm.weight, norm.bias]
        let precision = ComputePrecision.current(isRecorded: Tensor.records(inputs))
        transform.stack.project(.float32(x.floats), rows: rows, into: expanded.floats, precision, epilogue: {
            addBiasAndActivate(rows: $0, width: hidden, activation, values: expanded.floats, bias: transform.bias!.floats,
                               output: activated.floats)
        })
        let normalized = Tensor(uninitialized: [rows, hidden]), noBias = Tensor(zeros: [hidden])
        let result = Tensor(zeros: [rows, hidden]), deviation = Tensor(uninitialized: [rows])
        residualNorm(rows: 0..<rows, norm.kernelParameters, values: result.floats, bias: noBias.floats, residual: activated.floats,
                     dropout: nil, normalized: normalized.floats, reciprocalDeviation: deviation.floats)
        return result.recorded(as: "vocabulary transform", from: inputs) { gradient in
            let inner = Tensor(uninitialized: [rows, hidden])
            let sums = norm.weight.requiresGrad || norm.bias.requiresGrad ? Tensor(zeros: [3 * hidden]) : nil
            residualNormBackward(
                rowCount: rows, norm.kernelParameters, gradient: gradient.floats, normalized: normalized.floats,
                reciprocalDeviation: deviation.floats, dropout: nil, residualGradient: inner.floats, valuesGradient: nil,
                parameterGradients: sums?.floats)
            ParameterGradient.add(sums: sums, to: [norm.weight, norm.bias])
            let biasGradient = transform.bias!.requiresGrad ? transform.bias!.accumulatedGrad() : nil
            activateBackward(rowCount: rows, width: hidden, activation, values: expanded.floats, gradient: inner.floats,
                             biasGradient: biasGradient?.floats)
            ParameterGradient.add(to: [transform.weight], outputGradient: .float32(inner.floats), rowStride: hidden, input: .float32(x.floats), rows: rows,
                                  precision)
            guard x.requiresGrad else { return [nil] }
            let inputGradient = Tensor(uninitialized: [rows, hidden])
            transform.stack.projectBack(.float32(inner.floats), rows: rows, into: inputGradient.floats, precision)
            return [inputGradient]
        }
    }
}
