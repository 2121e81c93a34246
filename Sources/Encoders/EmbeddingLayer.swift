import Kernels
import Tensors

/// The sum of word, position and type embeddings, normalised, with dropout, as one tape node.
public final class EmbeddingLayer {
    /// `[vocabulary, hidden]`
    public let words: Tensor
    /// `[positions, hidden]`
    public let positions: Tensor
    /// `[types, hidden]`; nil where the family has none.
    public let types: Tensor?
    public let norm: LayerNorm
    /// The position of a sequence's first token.
    public let firstPosition: Int
    /// The id of padding, whose embedding never learns.
    public let paddingId: Int32?
    private let distinctRows: DistinctRows

    public init(words: Tensor, positions: Tensor, types: Tensor?, norm: LayerNorm, firstPosition: Int, paddingId: Int32?) {
        self.words = words
        self.positions = positions
        self.types = types
        self.norm = norm
        self.firstPosition = firstPosition
        self.paddingId = paddingId
        distinctRows = DistinctRows(entries: words.shape[0])
    }

    var parameters: [Tensor] { [words, positions] + (types.map { [$0] } ?? []) + [norm.weight, norm.bias] }

    /// The longest sequence that has positions.
    public var maximumLength: Int { positions.shape[0] - firstPosition }

    /// - Returns: `[tokens, hidden]`
    /// - Throws: ``ModelError`` for an id outside the vocabulary, a type outside the table or too long a sequence.
    func callAsFunction(_ batch: PackedBatch, dropout: Dropout?) throws -> Tensor {
        try check(batch)
        let tokens = batch.tokenCount, hidden = words.shape[1]
        let isRecorded = Tensor.records(parameters)
        let result = Tensor(uninitialized: [tokens, hidden])
        let normalized = isRecorded ? Tensor(uninitialized: [tokens, hidden]) : nil
        let deviation = Tensor(uninitialized: [tokens])
        let paddingPosition = firstPosition > 0 ? Int32(firstPosition - 1) : nil
        let positionIds = batch.positions(from: firstPosition, padding: paddingPosition)
        let used = words.requiresGrad && isRecorded || words.pendingRows != nil ? distinctRows(batch.ids) : (rows: [], places: [])
        words.pendingRows?.settle(used.rows)
        embedTokens(ids: batch.ids, positionIds: positionIds, typeIds: batch.typeIds, count: tokens,
                    EmbeddingTables(words: words.floats, positions: positions.floats, types: types?.floats), norm.kernelParameters,
                    dropout: dropout, normalized: normalized?.floats, reciprocalDeviation: deviation.floats, output: result.floats)
        guard let normalized else { return result }
        return result.recorded(as: "embeddings", from: parameters) { [self] outer in
            // The gradient may belong to others too.
            let gradient = outer.contiguousCopy()
            let ends = [norm.weight, norm.bias]
            let sums = ParameterGradient.sums(for: ends)
            embedTokensBackward(count: tokens, norm.kernelParameters, gradient: gradient.floats, normalized: normalized.floats,
                                reciprocalDeviation: deviation.floats, dropout: dropout, normGradients: sums?.floats)
            ParameterGradient.add(sums: sums, to: ends)
            addWordGradient(gradient, used.rows, places: used.places)
            scatter(gradient, by: positionIds, into: positions, skipped: paddingPosition)
            if let types { scatter(gradient, by: batch.typeIds, into: types, skipped: nil) }
            return parameters.map { _ in nil }
        }
    }

    /// Adds to the gradient of the words that the batch has, which are few of the table.
    private func addWordGradient(_ gradient: Tensor, _ rows: [Int32], places: [Int32]) {
        guard words.requiresGrad else { return }
        let width = words.shape[1], values = Tensor(zeros: [rows.count, width])
        scatterAddRows(gradient.floats, indices: places, count: places.count, width: width, into: values.floats,
                       skipped: paddingId.flatMap { id in rows.firstIndex(of: id).map { Int32($0) } })
        words.addRowGradient(rows: rows, values: values)
    }

    private func scatter(_ gradient: Tensor, by indices: [Int32], into table: Tensor, skipped: Int32?) {
        guard table.requiresGrad else { return }
        scatterAddRows(gradient.floats, indices: indices, count: indices.count, width: table.shape[1],
                       into: table.accumulatedGrad().floats, skipped: skipped)
    }

    private func check(_ batch: PackedBatch) throws {
        if let id = batch.ids.first(where: { $0 < 0 || Int($0) >= words.shape[0] }) {
            throw ModelError("token id \(id) lies outside the model's vocabulary of \(words.shape[0]); the tokenizer belongs to another model")
        }
        if let types, let type = batch.typeIds.first(where: { $0 < 0 || Int($0) >= types.shape[0] }) {
            throw ModelError("token type \(type) lies outside the model's \(types.shape[0]) types; the tokenizer belongs to another model")
        }
        if batch.longest > maximumLength {
            throw ModelError("a sequence of \(batch.longest) tokens is longer than the model's \(maximumLength) positions; lower max_length")
        }
    }
}
