import Encoders
import Files
import JSON

/// The floating-point operations of the matrix products that a workload cannot do without, two for each multiplication and addition.
///
/// Counted from the tokens that the texts really have, so padding does not count; nor does what is computed again to save memory
/// (the scores of attention in a backward pass), nor anything but matrix products. The backward pass of a product is two of its
/// size. What sentx reaches of the measured peak is these divided by its time, so everything else that a step does lowers it.
public struct MatrixWork {
    public let layers: Int
    public let hidden: Int
    public let intermediate: Int
    public let vocabulary: Int

    public init(layers: Int, hidden: Int, intermediate: Int, vocabulary: Int) {
        self.layers = layers
        self.hidden = hidden
        self.intermediate = intermediate
        self.vocabulary = vocabulary
    }

    /// Of the transformer in a model folder.
    public init(folder: String) throws {
        let configuration = try TransformerConfiguration(folder: folder)
        self.init(layers: configuration.layerCount, hidden: configuration.hiddenSize, intermediate: configuration.intermediateSize,
                  vocabulary: configuration.vocabularySize)
    }

    /// One pass of the encoder over sequences of these lengths.
    ///
    /// - Parameter firstOnly: whether only the first token's output is wanted: the last layer then needs queries, output projection and
    ///   feed-forward for that token alone.
    public func forward(lengths: [Int], firstOnly: Bool = false) -> Double {
        let tokens = Double(lengths.reduce(0, +)), sequences = Double(lengths.count)
        let pairs = lengths.reduce(0.0) { $0 + Double($1) * Double($1) }
        let h = Double(hidden), i = Double(intermediate)
        let whole = tokens * (8 * h * h + 4 * h * i) + 4 * h * pairs
        guard firstOnly, layers > 0 else { return Double(layers) * whole }
        let last = sequences * (4 * h * h + 4 * h * i) + tokens * 4 * h * h + 4 * h * tokens
        return Double(layers - 1) * whole + last
    }

    /// One unit of a task.
    ///
    /// - Parameters:
    ///   - lengths: the tokens of each text, or of each pair where pairs are scored.
    ///   - rows: of the batch, for the scores of in-batch negatives.
    public func operations(of task: Workload.Task, lengths: [Int], rows: Int) -> Double {
        let scores = 2 * Double(rows) * Double(rows)
        switch task {
        case .ranking: return 3 * (forward(lengths: lengths) + scores * Double(hidden))
        // The model runs once more, without a backward pass.
        case .cachedRanking: return 4 * forward(lengths: lengths) + 3 * scores * Double(hidden)
        // Scores over a part are those over the shorter one plus those over the columns between, so the longest part counts.
        case .matryoshka: return 3 * scores * Double(Workload.matryoshkaDimensions.max() ?? 0)
        case .crossEntropy, .lambda: return 3 * forward(lengths: lengths, firstOnly: true)
        case .splade:
            let tokens = Double(lengths.reduce(0, +)), h = Double(hidden)
            // Backward only the greatest score of each word counts, which takes no matrix product.
            return 3 * (forward(lengths: lengths) + 2 * tokens * h * h + scores * Double(vocabulary)) + 2 * tokens * h * Double(vocabulary)
        case .encode: return forward(lengths: lengths)
        case .tokenize, .start: return 0
        }
    }
}
