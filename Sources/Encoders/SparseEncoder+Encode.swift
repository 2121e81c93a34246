import Tensors

extension SparseEncoder: TextEmbedder {
    /// Embeddings of texts, off the tape and without dropout, in the order given; see ``SentenceTransformer/encode(_:options:)``.
    ///
    /// `normalizeEmbeddings` and `truncateDim` do not apply.
    /// - Returns: a row for each text.
    public func encode(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> SparseMatrix {
        let kept = options.maxActiveDims ?? maxActiveDims
        if let kept, kept < 1 { throw ModelError("max_active_dims: a whole number above 0 is wanted, it is \(kept)") }
        var parts = [(matrix: SparseMatrix, row: Int)?](repeating: nil, count: inputs.count)
        try forEachBatch(of: inputs, options) { rows, input in
            var matrix = SparseMatrix(dense: try sentenceEmbedding(of: features(of: input) { $0.maxActiveDims = kept }))
            if let kept { matrix = matrix.topK(perRow: kept) }
            for (place, row) in rows.enumerated() { parts[row] = (matrix, place) }
        }
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for case let (matrix, row)? in parts {
            let places = matrix.offsets[row] ..< matrix.offsets[row + 1]
            indices += matrix.indices[places]
            values += matrix.values[places]
            offsets.append(indices.count)
        }
        // The routes of a Router may differ in width.
        let width = parts.lazy.compactMap { $0?.matrix.columnCount }.max() ?? embeddingDimension
        return SparseMatrix(rowCount: inputs.count, columnCount: width, offsets: offsets, indices: indices, values: values)
    }

    /// As ``encode(_:options:)`` for the task `query`, with the prompt named `query` unless the options say otherwise.
    public func encodeQuery(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> SparseMatrix {
        try encode(inputs, options: queryOptions(options))
    }

    /// As ``encode(_:options:)`` for the task `document`, with the first prompt named `document`, `passage` or `corpus` unless the
    /// options say otherwise.
    public func encodeDocument(_ inputs: [String], options: EncodeOptions = EncodeOptions()) throws -> SparseMatrix {
        try encode(inputs, options: documentOptions(options))
    }

    /// The sparse embeddings of texts that stand on one side of a comparison.
    public func encodeSparse(_ texts: [String], as role: TextRole, options: EncodeOptions = EncodeOptions()) throws -> SparseMatrix {
        switch role {
        case .any: return try encode(texts, options: options)
        case .query: return try encodeQuery(texts, options: options)
        case .document: return try encodeDocument(texts, options: options)
        }
    }

    /// The same as a tensor with its zeros, for what works on any embeddings.
    public func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        try encodeSparse(texts, as: role, options: options).dense()
    }

    public var isSparse: Bool { true }

    public func embeddings(of texts: [String], as role: TextRole, options: EncodeOptions) throws -> TextEmbeddings {
        .sparse(try encodeSparse(texts, as: role, options: options))
    }

    /// `result[i][j]` compares row `i` of `a` with row `j` of `b`.
    public func similarity(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor { try similarityFunction.matrix(a, b) }

    /// The similarities of rows that belong together, `[rows]`.
    public func similarityPairwise(_ a: SparseMatrix, _ b: SparseMatrix) throws -> Tensor { try similarityFunction.pairwise(a, b) }

    /// The tokens of each row with their weights, the heaviest first; of equals the one of the smaller id.
    /// - Parameter topK: the most tokens of a row; nil gives all.
    public func decode(_ embeddings: SparseMatrix, topK: Int? = nil) throws -> [[(token: String, weight: Float)]] {
        if let topK, topK < 1 { throw ModelError("top_k: a whole number above 0 is wanted, it is \(topK)") }
        return (0..<embeddings.rowCount).map { row in
            let places = (embeddings.offsets[row] ..< embeddings.offsets[row + 1]).sorted {
                embeddings.values[$0] == embeddings.values[$1] ? $0 < $1 : embeddings.values[$0] > embeddings.values[$1]
            }.prefix(topK ?? .max)
            let tokens = tokenizer.tokens(for: places.map { embeddings.indices[$0] })
            return zip(tokens, places).map { ($0 ?? "", embeddings.values[$1]) }
        }
    }

    /// The products of a row with each row of `others`, where they are above zero: what the two share.
    /// - Parameter embedding: one row.
    public static func intersection(_ embedding: SparseMatrix, _ others: SparseMatrix) throws -> SparseMatrix {
        guard embedding.rowCount == 1 else { throw ModelError("intersection: the first embedding is one row, it has \(embedding.rowCount)") }
        guard embedding.columnCount == others.columnCount else {
            throw ModelError("intersection: embeddings of \(embedding.columnCount) and of \(others.columnCount) elements")
        }
        let weights = Dictionary(uniqueKeysWithValues: zip(embedding.indices, embedding.values))
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for row in 0..<others.rowCount {
            for place in others.offsets[row] ..< others.offsets[row + 1] {
                let product = (weights[others.indices[place]] ?? 0) * others.values[place]
                if product > 0 {
                    indices.append(others.indices[place])
                    values.append(product)
                }
            }
            offsets.append(indices.count)
        }
        return SparseMatrix(rowCount: others.rowCount, columnCount: others.columnCount, offsets: offsets, indices: indices, values: values)
    }
}
