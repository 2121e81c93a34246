import ComputeRuntime

/// The scores of all words for every token, `hidden * decoder^T + bias`, which are never held at once: they are made in tiles of
/// some tokens by ``blockWidth`` words, and what pooling needs of a tile is taken while it is in cache.
public struct VocabularyProduct {
    /// `[tokens, width]`
    public let hidden: UnsafePointer<Float>
    /// Sequence `s` is the rows `offsets[s] ..< offsets[s + 1]` of `hidden`, at least one.
    public let offsets: [Int]
    /// Elements of a row of `hidden` and of `decoder`.
    public let width: Int
    /// `[words, width]`
    public let decoder: UnsafePointer<Float>
    /// `[words]`
    public let bias: UnsafePointer<Float>
    public let words: Int
    /// Of the products; activations and sums are float32.
    public let precision: ComputePrecision
    /// As it was where the product was asked for, since tasks of the pool may run on other threads.
    private let instructionSet = InstructionSet.current

    public init(
        hidden: UnsafePointer<Float>, offsets: [Int], width: Int, decoder: UnsafePointer<Float>, bias: UnsafePointer<Float>, words: Int,
        precision: ComputePrecision = .float32
    ) {
        self.hidden = hidden
        self.offsets = offsets
        self.width = width
        self.decoder = decoder
        self.bias = bias
        self.words = words
        self.precision = precision
    }

    var tokens: Int { offsets[offsets.count - 1] }
    var sequences: Int { offsets.count - 1 }

    /// Words of a tile, a multiple of 16: their decoder rows stay in the second-level cache.
    static let blockWidth = 256
    /// Tokens of a tile, a multiple of the rows of a register tile.
    static let tileRows = 252

    var blocks: Int { (words + Self.blockWidth - 1) / Self.blockWidth }

    func range(ofBlock block: Int) -> Range<Int> { block * Self.blockWidth ..< min(words, (block + 1) * Self.blockWidth) }

    /// Calls `body` with each range of tokens and their scores for a block of words, `[rows, block]`, without bias.
    func forEachTile(_ block: Range<Int>, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void) {
        let scores = UnsafeMutablePointer<Float>.allocate(capacity: Self.tileRows * block.count)
        defer { scores.deallocate() }
        let weights = decoder + block.lowerBound * width
        InstructionSet.with(instructionSet) {
            // One layout serves all tiles of the block.
            let panels = precision.tileFormat.map { TilePanels($0, weights, .transposed, columns: block.count, depth: width) }
            for start in stride(from: 0, to: tokens, by: Self.tileRows) {
                let rows = start ..< min(tokens, start + Self.tileRows), x = hidden + start * width
                if let panels {
                    tileProduct(x, .normal, panels, into: scores, m: rows.count)
                } else {
                    matrixProduct(x, .normal, weights, .transposed, into: scores, m: rows.count, n: block.count, k: width)
                }
                body(rows, scores)
            }
        }
    }

    /// The sequence of each token.
    var sequenceOfRow: [Int32] {
        (0..<sequences).flatMap { [Int32](repeating: Int32($0), count: offsets[$0 + 1] - offsets[$0]) }
    }
}

/// What becomes of a word's score `x`: a weight that is zero for scores up to zero.
public enum VocabularyActivation: Sendable {
    /// `log(1 + max(x, 0))` (Formal, Piwowarski and Clinchant, "SPLADE", 2021).
    case logarithm
    /// `log(1 + log(1 + max(x, 0)))` (Geng and others, "Competitive search relevance for inference-free learned sparse
    /// retrievers", 2024).
    case doubleLogarithm

    @inline(__always)
    func value(_ x: FloatVector) -> FloatVector {
        let weight = VectorMath.log1p(pointwiseMax(x, FloatVector(repeating: 0)))
        return self == .logarithm ? weight : VectorMath.log1p(weight)
    }

    /// The derivative at a positive score.
    @inline(__always)
    func slope(score x: FloatVector) -> FloatVector {
        let first = 1 / (1 + x)
        return self == .logarithm ? first : first / (1 + VectorMath.log1p(x))
    }

    /// The derivative where the weight is `y`, above zero.
    @inline(__always)
    func slope(weight y: FloatVector) -> FloatVector {
        let outer = VectorMath.exp(-y)
        // With `y = log(1 + z)` and `z = log(1 + x)`, the derivative is `1 / (1 + z) * 1 / (1 + x)`.
        return self == .logarithm ? outer : outer * VectorMath.exp(1 - VectorMath.exp(y))
    }
}
