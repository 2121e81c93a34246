import Kernels
import Tensors

/// How ``SentenceTransformer/encode(_:options:)`` goes about its work.
public struct EncodeOptions {
    /// Texts computed together; more where they are short.
    public var batchSize: Int
    /// Whether embeddings are scaled to length one.
    public var normalizeEmbeddings: Bool
    /// Put before each text; it wins over ``promptName``.
    public var prompt: String?
    /// The name of one of the model's prompts.
    public var promptName: String?
    /// Leading elements to keep, in place of the model's own setting.
    public var truncateDim: Int?
    /// The greatest elements of an embedding to keep, in place of the model's own setting; of a ``SparseEncoder`` only.
    public var maxActiveDims: Int?
    /// The route through a ``Router``, such as `"query"` or `"document"`.
    public var task: String?
    /// Of the model's products; that of the scope (see ``ComputePrecision``) if nil.
    public var computePrecision: ComputePrecision?
    /// Called before each batch with the texts done and the number of all; what it throws ends the call.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(batchSize: Int = 32, normalizeEmbeddings: Bool = false, prompt: String? = nil, promptName: String? = nil,
                truncateDim: Int? = nil, maxActiveDims: Int? = nil, task: String? = nil, computePrecision: ComputePrecision? = nil,
                onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.batchSize = batchSize
        self.normalizeEmbeddings = normalizeEmbeddings
        self.prompt = prompt
        self.promptName = promptName
        self.truncateDim = truncateDim
        self.maxActiveDims = maxActiveDims
        self.task = task
        self.computePrecision = computePrecision
        self.onBatch = onBatch
    }
}

extension SentenceTransformer {
    /// Embeddings of texts, off the tape and without dropout.
    ///
    /// Texts are computed longest first, so that each batch holds texts of like length; results are in the order given.
    /// The prompt is ``EncodeOptions/prompt``, else the one named ``EncodeOptions/promptName``, else the model's default.
    /// - Returns: `[texts, dimension]`
    public func encode(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        let kept = options.truncateDim ?? truncateDim
        if let kept, kept < 1 { throw ModelError("truncate_dim: a whole number above 0 is wanted, it is \(kept)") }
        var result: Tensor?
        try forEachBatch(of: inputs, options) { rows, input in
            var x = try embeddings(input)
            if let kept, kept < x.shape[1] { x = try x.narrow(dim: 1, start: 0, length: kept) }
            if options.normalizeEmbeddings { x = try x.normalize(dim: 1) }
            if result == nil { result = Tensor(uninitialized: [inputs.count, x.shape[1]]) }
            result!.setRows(rows, to: x)
        }
        return result ?? Tensor(zeros: [0, min(kept ?? .max, embeddingDimension)])
    }

    /// The embeddings of each text's tokens, special tokens included, off the tape and without dropout, each `[tokens, width]`.
    /// Neither ``EncodeOptions/normalizeEmbeddings`` nor ``EncodeOptions/truncateDim`` applies.
    public func encodeTokens(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> [Tensor] {
        var results = [Tensor?](repeating: nil, count: inputs.count)
        try forEachBatch(of: inputs, options) { rows, input in
            for (row, tokens) in zip(rows, try tokenEmbeddings(input)) { results[row] = tokens.contiguousCopy() }
        }
        return results.compactMap { $0 }
    }

    /// As ``encode(_:options:)`` for the task `query`, with the prompt named `query` unless the options say otherwise.
    public func encodeQuery(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        try encode(inputs, options: queryOptions(options))
    }

    /// As ``encode(_:options:)`` for the task `document`, with the first prompt named `document`, `passage` or `corpus` unless the
    /// options say otherwise.
    public func encodeDocument(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        try encode(inputs, options: documentOptions(options))
    }

    /// `result[i][j]` compares row `i` of `a` with row `j` of `b`; a vector counts as one row.
    public func similarity(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try similarityFunction.matrix(a.rank == 1 ? a.unsqueeze(0) : a, b.rank == 1 ? b.unsqueeze(0) : b)
    }

    /// The similarities of rows that belong together, `[rows]`; a vector counts as one row.
    public func similarityPairwise(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try similarityFunction.pairwise(a.rank == 1 ? a.unsqueeze(0) : a, b.rank == 1 ? b.unsqueeze(0) : b)
    }
}
