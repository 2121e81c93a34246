import Files
import JSON
import Kernels
import Tensors
import Tokenizers

/// The mean of one learned vector for each token: embeddings without a transformer.
///
/// Texts are tokenised without special tokens and cut only where `tokenizer.json` itself says so.
public final class StaticEmbedding: InputModule {
    public let type = ModuleType.staticEmbedding
    /// Where it was loaded from; empty for a fresh one.
    public let folder: String
    /// `[vocabulary, dimension]`
    public let table: Tensor
    private let ownTokenizer: Tokenizer
    private let distinctRows: DistinctRows

    /// - Parameter weights: `[vocabulary, dimension]`
    /// - Throws: ``ModelError`` unless there is a row for every token.
    public init(tokenizer: Tokenizer, weights: Tensor, folder: String = "") throws {
        guard weights.rank == 2, weights.dtype == .float32, weights.shape[1] > 0 else {
            throw ModelError("""
                StaticEmbedding: embedding_weights: float32 of shape [vocabulary, dimension] is wanted, it is \(weights.dtype) \
                of shape \(weights.shape)
                """)
        }
        ownTokenizer = tokenizer
        table = weights.node == nil && weights.isContiguous ? weights : weights.detach().contiguousCopy()
        table.requiresGrad = true
        distinctRows = DistinctRows(entries: table.shape[0])
        self.folder = folder
    }

    /// A table of normally distributed numbers of standard deviation 1, as a fresh `torch.nn.EmbeddingBag` has.
    public convenience init(tokenizer: Tokenizer, dimension: Int, generator: Generator = .shared) throws {
        guard dimension > 0 else { throw ModelError("StaticEmbedding: embedding_dim: a whole number above 0 is wanted, it is \(dimension)") }
        try self.init(tokenizer: tokenizer, weights: Tensor.randn([tokenizer.vocabularySize, dimension], generator: generator))
    }

    /// Reads `tokenizer.json` and `model.safetensors` of a module folder, or of a folder that model2vec saved.
    public convenience init(folder: String) throws {
        let weights = try WeightFiles(folder: folder)
        let tokenizer = try Tokenizer(folder: folder)
        if let shape = weights.shape(of: "embedding.weight") {
            guard shape.count == 2 else {
                throw ModelError("\(weights.path): tensor \"embedding.weight\" has shape \(shape); [vocabulary, dimension] is wanted")
            }
            try self.init(tokenizer: tokenizer, weights: weights.tensor("embedding.weight", shape: shape), folder: folder)
        } else {
            try self.init(tokenizer: tokenizer, weights: Self.unfolded(weights), folder: folder)
        }
    }

    /// One row for each token of a model2vec folder: row `mapping[token]` of `embeddings`, times `weights[token]`.
    private static func unfolded(_ weights: WeightFiles) throws -> Tensor {
        guard let shape = weights.shape(of: "embeddings"), shape.count == 2 else {
            throw ModelError("""
                \(weights.path): neither \"embedding.weight\" nor \"embeddings\" of shape [vocabulary, dimension] is there; the \
                file is no static embedding
                """)
        }
        var table = try weights.tensor("embeddings", shape: shape)
        if let count = weights.shape(of: "mapping")?.first {
            let mapping = try weights.integers("mapping", shape: [count])
            if let wrong = mapping.first(where: { !(0..<shape[0]).contains($0) }) {
                throw ModelError("\(weights.path): tensor \"mapping\" names row \(wrong) of \(shape[0])")
            }
            table = try table.indexSelect(dim: 0, indices: mapping)
        }
        if let count = weights.shape(of: "weights")?.first {
            guard count == table.shape[0] else {
                throw ModelError("\(weights.path): tensor \"weights\" has \(count) entries for \(table.shape[0]) tokens")
            }
            table = try table.multiplying(weights.tensor("weights", shape: [count]).unsqueeze(1))
        }
        return table.contiguous()
    }

    public var tokenizer: Tokenizer? { ownTokenizer }
    public var embeddingDimension: Int? { table.shape[1] }

    /// Texts are never cut by the module.
    public var maximumLength: Int? { nil }
    public func setMaximumLength(_ length: Int) throws {
        throw ModelError("max_seq_length does not apply: \(type.rawValue) reads texts of any length")
    }

    /// Up to date: rows that an optimizer has left behind are settled.
    public var parameters: [NamedParameter] {
        table.pendingRows?.settleAll()
        return [NamedParameter(name: "embedding.weight", tensor: table)]
    }

    public var settings: JSONObject {
        ["num_embeddings": .integer(Int64(table.shape[0])), "embedding_dim": .integer(Int64(table.shape[1]))]
    }

    public func check(_ widths: inout FeatureWidths) throws {
        widths = FeatureWidths()
        widths.sentence = table.shape[1]
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        let prompt = features.input.prompt ?? ""
        let options = EncodingOptions(maxLength: ownTokenizer.fileMaxLength, addSpecialTokens: false)
        let encodings = try ownTokenizer.encodeBatch(features.input.texts.map { TokenizerInput(first: prompt + $0) }, options: options)
        features.tokenEmbeddings = nil
        features.firstTokenEmbeddings = nil
        features.layers = nil
        features.sentenceEmbedding = try means(of: encodings.map(\.ids))
    }

    public func save(to folder: String) throws {
        try ModelSaving.writeWeights(parameters, to: folder)
        try ownTokenizer.save(to: folder)
    }

    /// - Returns: `[sequences, dimension]`, on the tape as one node.
    private func means(of sequences: [[Int32]]) throws -> Tensor {
        let ids = sequences.flatMap { $0 }
        let offsets = sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
        let width = table.shape[1]
        if let wrong = ids.first(where: { $0 < 0 || Int($0) >= table.shape[0] }) {
            throw ModelError("token id \(wrong) lies outside the table of \(table.shape[0]) embeddings; the tokenizer belongs to another model")
        }
        let isRecorded = Tensor.records([table])
        let distinct = isRecorded || table.pendingRows != nil ? distinctRows(ids) : (rows: [], places: [])
        table.pendingRows?.settle(distinct.rows)
        let result = Tensor(uninitialized: [sequences.count, width])
        embeddingBagMeans(ids, offsets: offsets, table: table.floats, width: width, output: result.floats)
        return result.recorded(as: "static embedding", from: [table]) { [table] gradient in
            if table.requiresGrad {
                let values = Tensor(zeros: [distinct.rows.count, width])
                embeddingBagMeansBackward(gradient.floats, rows: distinct.places, offsets: offsets, width: width, rowGradient: values.floats)
                table.addRowGradient(rows: distinct.rows, values: values)
            }
            return [nil]
        }
    }
}
