import Encoders
import Tensors

/// A loss that sees the texts of a batch only through their embeddings.
///
/// Conforming types write the arithmetic, ``value(of:batch:context:)``; embedding the columns, with or without a gradient
/// cache, is done here. Losses that modify others (Matryoshka, adaptive layers) call the arithmetic with other embeddings.
public protocol EmbeddingLoss: Loss {
    var model: any SentenceEmbedder { get }

    /// Texts per pass of the model where gradients are cached, so that memory does not grow with the batch; nil, the default,
    /// embeds all texts in one pass.
    var miniBatchSize: Int? { get }

    /// Where gradients are cached, the tokens of a pass instead of its texts; a longer text makes a pass of its own. nil by default.
    var miniBatchTokens: Int? { get }

    /// Where gradients are cached, told how many texts of all have been embedded, in each of the two rounds; nil by default.
    var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { get }

    /// Checks the batch, and computes what belongs to it whatever its embeddings, such as those of a guide model, off the
    /// tape. Called once for each batch, before the model runs. By default checks nothing and gives nothing.
    /// - Throws: ``LossError`` when the batch does not fit.
    func context(of batch: LossBatch) throws -> [Tensor]

    /// The loss of given embeddings.
    ///
    /// - Parameters:
    ///   - embeddings: one tensor `[rows, dimension]` for each input column.
    ///   - batch: the batch, for its labels.
    ///   - context: what ``context(of:)`` gave.
    /// - Returns: a tensor of one element.
    func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor

    /// The weighted sum of the losses of the first `dimension` numbers of embeddings, scaled to length 1, for each of `prefixes`;
    /// nil, the default, where it is to be computed one dimension after the other.
    func value(of embeddings: [Tensor], prefixes: [(dimension: Int, weight: Double)], batch: LossBatch, context: [Tensor]) throws -> Tensor?
}

extension EmbeddingLoss {
    public var miniBatchSize: Int? { nil }

    public var miniBatchTokens: Int? { nil }

    public var onMiniBatch: ((_ done: Int, _ of: Int) -> Void)? { nil }

    public func context(of batch: LossBatch) throws -> [Tensor] { [] }

    public func value(of embeddings: [Tensor], prefixes: [(dimension: Int, weight: Double)], batch: LossBatch, context: [Tensor]) throws -> Tensor? {
        nil
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        let context = try context(of: batch)
        return try value(of: batch, embed: { [model] in try model.embeddings($0) }, arithmetic: {
            try value(of: $0, batch: batch, context: context)
        })
    }

    /// The loss with other embeddings than the model's last ones, by the same passes and with the same cache of gradients.
    ///
    /// - Parameters:
    ///   - embed: gives a tensor whose first dimension are the texts.
    ///   - arithmetic: one element from such tensors, one for each input column.
    package func value(of batch: LossBatch, embed: @escaping (TextInput) throws -> Tensor, arithmetic: ([Tensor]) throws -> Tensor) throws -> Tensor {
        let columns = try (0..<batch.inputs.count).map { try batch.textInput($0, for: name) }
        guard !columns.isEmpty else { throw LossError("\(name) needs at least one input column, the batch has none") }
        guard let miniBatchSize else { return try arithmetic(Self.embeddings(columns, embed)) }
        // Columns can differ in prompt and route, so no pass holds texts of two.
        let rows = batch.rowCount
        let passes = try columns.enumerated().flatMap { position, column in
            try self.passes(over: column, of: miniBatchSize).map { position * rows + $0.lowerBound ..< position * rows + $0.upperBound }
        }
        let report = onMiniBatch.map { report in { (done: Int) in report(done, columns.count * rows) } }
        return try GradientCache.value(passes: passes, generator: .shared, onMiniBatch: report, score: { range in
            let column = range.lowerBound / rows
            return try embed(columns[column][range.lowerBound - column * rows ..< range.upperBound - column * rows])
        }, loss: { embeddings in
            try arithmetic(columns.indices.map { try embeddings.narrow(dim: 0, start: $0 * rows, length: rows) })
        })
    }

    /// The mini-batches of a column: of so many texts, or of so many tokens where ``miniBatchTokens`` is given.
    private func passes(over column: TextInput, of size: Int) throws -> [Range<Int>] {
        guard let miniBatchTokens else { return GradientCache.passes(over: column.texts.count, of: size) }
        var passes: [Range<Int>] = []
        var (start, tokens) = (0, 0)
        for (row, count) in try model.tokenCounts(column).enumerated() {
            if row > start && tokens + count > miniBatchTokens {
                passes.append(start..<row)
                (start, tokens) = (row, 0)
            }
            tokens += count
        }
        if start < column.texts.count { passes.append(start..<column.texts.count) }
        return passes
    }

    /// One tensor for each column, in as few passes as prompts and routes allow.
    private static func embeddings(_ columns: [TextInput], _ embed: (TextInput) throws -> Tensor) throws -> [Tensor] {
        var results = [Tensor?](repeating: nil, count: columns.count)
        for first in columns.indices where results[first] == nil {
            let together = columns.indices.filter { columns[$0].prompt == columns[first].prompt && columns[$0].task == columns[first].task }
            var input = columns[first]
            input.texts = together.flatMap { columns[$0].texts }
            let parts = try embed(input).rowParts(together.map { columns[$0].texts.count })
            for (column, part) in zip(together, parts) { results[column] = part }
        }
        return results.compactMap { $0 }
    }
}
