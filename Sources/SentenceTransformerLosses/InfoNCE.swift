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
        let queries = try options.similarity.prepared(embeddings[0])
        let documents = try options.similarity.prepared(embeddings.count == 2 ? embeddings[1] : Tensor.cat(Array(embeddings.dropFirst()), dim: 0))
        let size = RowChunks.size(scoresPerRow: documents.shape[0] * options.similarity.numbersPerScore(dimension: dimension), limit: scoreLimit)
        return try RowChunks.sum(over: rows, of: size, inputs: [queries, documents]) { range, inputs in
            try term(range, queries: inputs[0], documents: inputs[1]).dividing(by: Double(rows))
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
        let isOwn = own.toFloat32(), isOther = try own.logicalNot().toFloat32()
        let blocks: [Tensor]
        switch hardness {
        case .inBatchNegatives: blocks = [Tensor](repeating: isOther, count: columns)
        case .hardNegatives: blocks = [isOwn.zerosLike()] + [Tensor](repeating: isOwn, count: columns - 1)
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
