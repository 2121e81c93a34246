import Tensors
import Tokenizers

/// How ``StaticEmbedding/distilled(from:options:)`` makes vectors of a transformer.
public struct DistillationOptions {
    /// The length of the vectors, by principal components; nil keeps the transformer's. A length above the transformer's is its own.
    public var dimension: Int?
    /// How strongly frequent tokens are weighted down, above 0 and below 1; nil weights all alike.
    public var frequencyCoefficient: Double?
    /// Tokens that begin with a match of this regular expression get a vector of zeros; nil keeps all.
    public var removedTokens: String?

    public init(dimension: Int? = 256, frequencyCoefficient: Double? = 1e-4, removedTokens: String? = #"\[unused\d+\]"#) {
        self.dimension = dimension
        self.frequencyCoefficient = frequencyCoefficient
        self.removedTokens = removedTokens
    }
}

extension StaticEmbedding {
    /// A static embedding out of a transformer, as model2vec distils it without a vocabulary of its own (Tulkens and van Dongen, 2024).
    ///
    /// The vector of a token is the mean of what the transformer gives for the token between the last and the first special
    /// token of a text (in that order, which its authors found to work better). Vectors are reduced to their principal
    /// components; then each is weighted by `a / (a + p)`, where `p` is the frequency that Zipf's law gives to the token's place
    /// in the vocabulary (Arora, Liang and Ma, "A simple but tough-to-beat baseline for sentence embeddings", 2017).
    ///
    /// - Parameter path: a folder or a name; see ``ModelFolder/resolve(_:organization:)``.
    /// - Throws: ``ModelError`` for options that do not fit.
    public static func distilled(from path: String, options: DistillationOptions = DistillationOptions()) throws -> StaticEmbedding {
        if let a = options.frequencyCoefficient, a <= 0 || a >= 1 {
            throw ModelError("sif_coefficient: a number above 0 and below 1 is wanted, it is \(a)")
        }
        if let dimension = options.dimension, dimension < 1 { throw ModelError("pca_dims: a whole number above 0 is wanted, it is \(dimension)") }
        let module = try TransformerModule(path: path)
        let tokenizer = module.texts.tokenizer
        let count = min(tokenizer.vocabularySize, module.configuration.vocabularySize)
        let kept = try keptTokens(tokenizer, count: count, removing: options.removedTokens)
        var vectors = try tokenVectors(kept, module)
        if let wanted = options.dimension, min(wanted, vectors.shape[1]) < kept.count {
            let components = try PrincipalComponents(of: vectors, count: min(wanted, vectors.shape[1]))
            vectors = try components.transform(vectors)
        }
        if let a = options.frequencyCoefficient {
            let inverseRanks = (0..<kept.count).map { 1 / Double($0 + 2) }
            let sum = inverseRanks.reduce(0, +)
            vectors = try vectors.multiplying(Tensor(inverseRanks.map { Float(a / (a + $0 / sum)) }, shape: [kept.count, 1]))
        }
        let table = Tensor(zeros: [tokenizer.vocabularySize, vectors.shape[1]])
        table.setRows(kept.map(Int.init), to: vectors)
        return try StaticEmbedding(tokenizer: tokenizer, weights: table, folder: module.folder)
    }

    private static func keptTokens(_ tokenizer: Tokenizer, count: Int, removing pattern: String?) throws -> [Int32] {
        let ids = (0 ..< Int32(count)).map { $0 }
        guard let pattern else { return ids }
        let kept: [Int32]
        do {
            let expression = try RegularExpression(pattern, dialect: .python)
            kept = try zip(ids, tokenizer.tokens(for: ids)).filter { _, token in try !expression.matchesStart(of: token ?? "") }.map(\.0)
        } catch let problem as ExpressionProblem {
            throw ModelError("token_remove_pattern: \"\(pattern.prefix(80))\" cannot be used: \(problem)")
        }
        if kept.isEmpty { throw ModelError("token_remove_pattern: \"\(pattern)\" matches every token") }
        return kept
    }

    /// - Returns: `[ids, hidden]`, off the tape.
    private static func tokenVectors(_ ids: [Int32], _ module: TransformerModule) throws -> Tensor {
        let frame = try module.texts.tokenizer.encode("A").ids
        guard let first = frame.first, let last = frame.last else { throw ModelError("\(module.folder): the tokenizer gives no tokens for \"A\"") }
        let result = Tensor(uninitialized: [ids.count, module.configuration.hiddenSize])
        let pooling = Pooling(width: module.configuration.hiddenSize)
        try GradientTape.noGrad {
            for start in stride(from: 0, to: ids.count, by: 1024) {
                let rows = start ..< min(ids.count, start + 1024)
                let batch = PackedBatch(rows.map { ([last, ids[$0], first], [0, 0, 0]) })
                result.setRows(Array(rows), to: pooling(try module.transformer.hiddenStates(batch), offsets: batch.offsets))
            }
        }
        return result
    }
}
