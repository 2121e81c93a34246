import Tensors

/// How ``SentenceTransformer/encode(_:options:)`` goes about its work.
public struct EncodeOptions {
    /// Texts computed together.
    public var batchSize: Int
    /// Whether embeddings are scaled to length one.
    public var normalizeEmbeddings: Bool
    /// Put before each text.
    public var prompt: String?
    /// The name of one of the model's prompts.
    public var promptName: String?
    /// Leading elements to keep, in place of the model's own setting.
    public var truncateDim: Int?
    /// Called before each batch with the texts done and the number of all; what it throws ends the call.
    public var onBatch: ((_ done: Int, _ total: Int) throws -> Void)?

    public init(batchSize: Int = 32, normalizeEmbeddings: Bool = false, prompt: String? = nil, promptName: String? = nil,
                truncateDim: Int? = nil, onBatch: ((Int, Int) throws -> Void)? = nil) {
        self.batchSize = batchSize
        self.normalizeEmbeddings = normalizeEmbeddings
        self.prompt = prompt
        self.promptName = promptName
        self.truncateDim = truncateDim
        self.onBatch = onBatch
    }
}

extension SentenceTransformer {
    /// Embeddings of texts, off the tape and without dropout.
    ///
    /// Texts are computed longest first, so that each batch holds texts of like length; results are in the order given.
    /// - Returns: `[texts, dimension]`
    public func encode(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        guard options.batchSize > 0 else { throw ModelError("batch_size: a whole number above 0 is wanted, it is \(options.batchSize)") }
        let kept = options.truncateDim ?? truncateDim
        if let kept, kept < 1 { throw ModelError("truncate_dim: a whole number above 0 is wanted, it is \(kept)") }
        let prompt = try prompts.resolve(prompt: options.prompt, name: options.promptName)
        var full = embeddingDimension
        var result: Tensor?
        try withoutTraining {
            try LengthBatches(lengths: inputs.map(\.utf8.count), batchSize: options.batchSize).forEach { done, rows in
                try options.onBatch?(done, inputs.count)
                var x = try embeddings(rows.map { inputs[$0] }, prompt: prompt)
                if let kept, kept < x.shape[1] { x = try x.narrow(dim: 1, start: 0, length: kept) }
                if options.normalizeEmbeddings { x = try x.normalize(dim: 1) }
                full = x.shape[1]
                if result == nil { result = Tensor(uninitialized: [inputs.count, full]) }
                result!.setRows(rows, to: x)
            }
        }
        return result ?? Tensor(zeros: [0, full])
    }

    /// As ``encode(_:options:)``, with the prompt named `query` unless the options say otherwise.
    public func encodeQuery(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        try encode(inputs, options: naming(["query"], options))
    }

    /// As ``encode(_:options:)``, with the first prompt named `document`, `passage` or `corpus` unless the options say otherwise.
    public func encodeDocument(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> Tensor {
        try encode(inputs, options: naming(["document", "passage", "corpus"], options))
    }

    /// `result[i][j]` compares row `i` of `a` with row `j` of `b`; a vector counts as one row.
    public func similarity(_ a: Tensor, _ b: Tensor) throws -> Tensor {
        try similarityFunction.matrix(a.rank == 1 ? a.unsqueeze(0) : a, b.rank == 1 ? b.unsqueeze(0) : b)
    }

    private func naming(_ names: [String], _ options: EncodeOptions) -> EncodeOptions {
        var options = options
        if options.prompt == nil && options.promptName == nil { options.promptName = names.first { prompts[$0] != nil } }
        return options
    }
}
