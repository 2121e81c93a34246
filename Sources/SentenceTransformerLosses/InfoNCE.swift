import Kernels
import Losses
import Tensors

/// The arithmetic of ``MultipleNegativesRankingLoss`` and its cached form.
package struct InfoNCE {
    let loss: String
    let options: ContrastiveOptions
    /// Scores of one matrix that are held at a time.
    package var scoreLimit = RowChunks.scoreLimit

    /// - Throws: ``LossError`` for options that do not fit.
    init(loss: String, options: ContrastiveOptions) throws {
        try options.check(for: loss)
        self.loss = loss
        self.options = options
    }

    static let requirements = LossRequirements(columns: [.text, .text], allowsMoreColumns: true, labels: [.none], usesInBatchNegatives: true)

    /// - Throws: ``LossError`` unless there are queries and documents.
    func check(columnCount: Int) throws {
        guard columnCount >= 2 else {
            throw LossError("\(loss) expects a query and a positive column, and any number of negatives, the batch has \(columnCount) input "
                            + (columnCount == 1 ? "column" : "columns"))
        }
    }

    /// The loss of queries, positives, and any number of columns of negatives, each `[rows, dimension]`.
    func value(of embeddings: [Tensor]) throws -> Tensor {
        try check(columnCount: embeddings.count)
        let rows = embeddings[0].shape[0], dimension = embeddings[0].shape[1]
        guard rows > 0 else { throw LossError("\(loss): the batch has no rows") }
        if let normalizes = options.similarity.normalizedProduct, let value = try fused(embeddings, [(dimension, 1)], normalizes: normalizes) {
            return value
        }
        let queries = try options.similarity.prepared(embeddings[0])
        let documents = try options.similarity.prepared(embeddings.count == 2 ? embeddings[1] : Tensor.cat(Array(embeddings.dropFirst()), dim: 0))
        let size = RowChunks.size(scoresPerRow: documents.shape[0] * options.similarity.numbersPerScore(dimension: dimension), limit: scoreLimit)
        return try RowChunks.sum(over: rows, of: size, inputs: [queries, documents]) { range, inputs in
            try term(range, queries: inputs[0], documents: inputs[1]).dividing(by: Double(rows))
        }
    }

    /// The weighted sum of the losses of embeddings cut to several dimensions and scaled to length 1; nil unless that is one operation.
    func value(of embeddings: [Tensor], prefixes: [(dimension: Int, weight: Double)]) throws -> Tensor? {
        try check(columnCount: embeddings.count)
        // Of vectors of length 1 both products are cosines.
        return options.similarity.normalizedProduct == nil ? nil : try fused(embeddings, prefixes, normalizes: true)
    }

    /// Rows of a block of the fused loss: fewer make products slower, since their operands are laid out for each block.
    private static let fusedRows = 512

    /// Value and gradient in one operation for queries that are only compared with documents; nil for other options and shapes.
    private func fused(_ embeddings: [Tensor], _ prefixes: [(dimension: Int, weight: Double)], normalizes: Bool) throws -> Tensor? {
        let shape = embeddings[0].shape
        guard options.directions == [.queryToDocument], options.hardness == nil || options.hardnessStrength == 0, shape.count == 2, shape[0] > 0,
              embeddings.allSatisfy({ $0.shape == shape && $0.dtype == .float32 }), prefixes.allSatisfy({ 1...max(1, shape[1]) ~= $0.dimension })
        else { return nil }
        let (rows, width) = (shape[0], shape[1]), count = rows * (embeddings.count - 1)
        let ascending = prefixes.sorted { $0.dimension < $1.dimension }.map { (dimension: $0.dimension, weight: Float($0.weight)) }
        let blockRows = min(Self.fusedRows, RowChunks.size(scoresPerRow: count * prefixes.count, limit: scoreLimit))
        let kernel = InBatchCrossEntropy(
            rows: rows, documents: count, width: width, prefixes: ascending, scale: Float(options.scale), normalizes: normalizes,
            blockRows: blockRows, precision: .current)
        let isRecorded = Tensor.records(embeddings)
        let queries = embeddings[0].detach().contiguous()
        let documents = try embeddings.count == 2 ? embeddings[1].detach().contiguous() : Tensor.cat(embeddings.dropFirst().map { $0.detach() }, dim: 0)
        let scratch = Tensor(uninitialized: [kernel.scratchCount])
        let gradients = isRecorded ? (Tensor(uninitialized: shape), Tensor(uninitialized: [count, width])) : nil
        let value = kernel.run(queries: queries.floats, documents: documents.floats, scratch: scratch.floats,
                               queryGradient: gradients?.0.floats, documentGradient: gradients?.1.floats)
        guard let gradients else { return Tensor.scalar(Float(value)) }
        return Tensor.scalar(Float(value)).recorded(as: "in-batch cross-entropy", from: embeddings) { factor in
            let isOne = factor.floats[0] == 1
            return try embeddings.indices.map { column in
                let part = try column == 0 ? gradients.0 : gradients.1.narrow(dim: 0, start: (column - 1) * rows, length: rows)
                return isOne ? part : try part.multiplying(factor)
            }
        }
    }

    /// The sum over a range of rows of `log Z - s(q, d+)`.
    private func term(_ range: Range<Int>, queries: Tensor, documents: Tensor) throws -> Tensor {
        let rows = queries.shape[0], similarity = options.similarity
        let own = try rowSelection(range, of: rows)
        let isWhole = range.count == rows
        func part(_ all: Tensor) throws -> Tensor {
            isWhole && all.shape[0] == rows ? all : try all.narrow(dim: 0, start: range.lowerBound, length: range.count)
        }

        let forward = try similarity.scores(part(queries), documents)
        let logits = try scaled(forward, own: own)
        let positives = try logits.diagonal(offset: range.lowerBound)
        let partitions = try options.directions.map { direction -> Tensor in
            switch direction {
            case .queryToDocument:
                return try logits.logSumExp(dim: 1)
            case .queryToQuery:
                let scores = try similarity.scores(part(queries), queries).maskedFill(own(), -.infinity)
                return try scores.multiplying(options.scale).logSumExp(dim: 1)
            case .documentToQuery:
                // With all rows at hand these scores are there already, the other way round.
                let scores = isWhole ? try forward.narrow(dim: 1, start: 0, length: rows) : try similarity.scores(queries, part(documents))
                return try scores.multiplying(options.scale).logSumExp(dim: 0)
            case .documentToDocument:
                let columns = documents.shape[0] / rows
                let scores = try similarity.scores(documents, part(documents)).t().maskedFill(own().tile([1, columns]), -.infinity)
                return try scores.multiplying(options.scale).logSumExp(dim: 1)
            }
        }
        return try joined(partitions).subtracting(positives).sum()
    }

    /// Similarities `[range, documents]` as logits: scaled, and hard negatives raised by their own similarity, which counts as a
    /// constant there.
    private func scaled(_ scores: Tensor, own: () throws -> Tensor) throws -> Tensor {
        let logits = try scores.multiplying(options.scale)
        guard let hardness = options.hardness, options.hardnessStrength > 0 else { return logits }
        let own = try own(), columns = scores.shape[1] / own.shape[1]
        let isOwn = try own.toFloat32(), isOther = try own.logicalNot().toFloat32()
        let blocks: [Tensor]
        switch hardness {
        case .inBatchNegatives: blocks = [Tensor](repeating: isOther, count: columns)
        case .hardNegatives: blocks = try [isOwn.zerosLike()] + [Tensor](repeating: isOwn, count: columns - 1)
        case .allNegatives: blocks = [isOther] + [Tensor](repeating: try isOwn.onesLike(), count: columns - 1)
        }
        let factors = try Tensor.cat(blocks, dim: 1).multiplying(options.hardnessStrength)
        return try logits.adding(scores.detach().multiplying(factors))
    }

    /// `log Z` of each row: over all directions together, or the mean of theirs.
    private func joined(_ partitions: [Tensor]) throws -> Tensor {
        if partitions.count == 1 { return partitions[0] }
        let all = try Tensor.stack(partitions, dim: 1)
        return options.partition == .joint ? try all.logSumExp(dim: 1) : try all.mean(dim: 1)
    }

    /// A function that gives the mask `[range, rows]` of each row's own column, made at the first call.
    private func rowSelection(_ range: Range<Int>, of rows: Int) throws -> () throws -> Tensor {
        var made: Tensor?
        return {
            if let made { return made }
            let mask = try Tensor.arange(Double(range.lowerBound), Double(range.upperBound)).unsqueeze(1).eq(Tensor.arange(rows))
            made = mask
            return mask
        }
    }
}
