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
}

extension EmbeddingLoss {
    public var miniBatchSize: Int? { nil }

    public func context(of batch: LossBatch) throws -> [Tensor] { [] }

    public func value(of batch: LossBatch) throws -> Tensor {
        let context = try context(of: batch)
        let columns = try (0..<batch.inputs.count).map { try batch.textInput($0, for: name) }
        guard !columns.isEmpty else { throw LossError("\(name) needs at least one input column, the batch has none") }
        guard let miniBatchSize else {
            return try value(of: model.embeddings(columns), batch: batch, context: context)
        }
        // Columns can differ in prompt and route, so no pass holds texts of two.
        let rows = batch.rowCount
        let passes = columns.indices.flatMap { column in
            GradientCache.passes(over: rows, of: miniBatchSize).map { column * rows + $0.lowerBound ..< column * rows + $0.upperBound }
        }
        return try GradientCache.value(passes: passes, generator: .shared, score: { [model] range in
            let column = range.lowerBound / rows
            return try model.embeddings(columns[column][range.lowerBound - column * rows ..< range.upperBound - column * rows])
        }, loss: { embeddings in
            try value(of: columns.indices.map { try embeddings.narrow(dim: 0, start: $0 * rows, length: rows) }, batch: batch, context: context)
        })
    }
}

extension SentenceEmbedder {
    /// The embeddings of several columns, in as few passes as prompts and routes allow.
    package func embeddings(_ columns: [TextInput]) throws -> [Tensor] {
        var results = [Tensor?](repeating: nil, count: columns.count)
        for first in columns.indices where results[first] == nil {
            let together = columns.indices.filter { columns[$0].prompt == columns[first].prompt && columns[$0].task == columns[first].task }
            var input = columns[first]
            input.texts = together.flatMap { columns[$0].texts }
            let all = try embeddings(input)
            var start = 0
            for column in together {
                let count = columns[column].texts.count
                results[column] = together.count == 1 ? all : try all.narrow(dim: 0, start: start, length: count)
                start += count
            }
        }
        return results.compactMap { $0 }
    }
}
