import Encoders
import JSON
import Losses
import Tensors

/// A loss over a query's whole list of documents.
///
/// Columns `(query, documents)`, labels one list of numbers per row, as long as its documents; the number of documents may
/// differ from row to row. The model has one output.
public protocol ListwiseLoss: Loss {
    var model: any PairScorer { get }
    /// Applied to the logits first.
    var activation: LossActivation { get }
    /// Pairs per pass of the model; nil, 0 or less for all at once.
    var miniBatchSize: Int? { get }

    /// The loss of activated scores `[documents]`, all documents of all queries end to end, against their labels.
    func compute(scores: Tensor, lists: DocumentLists) throws -> Tensor
}

extension ListwiseLoss {
    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .listOfTexts], labels: [.numbers(count: nil)], numLabels: 1...1)
    }

    public func value(of batch: LossBatch) throws -> Tensor {
        guard batch.inputs.count == 2 else {
            throw LossError("\(name) expects two input columns (query, documents), the batch has \(batch.inputs.count)")
        }
        let queries = try batch.texts(0, for: name)
        let documents = try batch.textLists(1, for: name)
        let labels = try batch.labelLists(for: name)
        for row in 0..<queries.count where documents[row].count != labels[row].count {
            throw LossError("\(name):", row: row, "has \(documents[row].count) documents and \(labels[row].count) labels; one label for each "
                + "document is wanted")
        }
        let pairs = zip(queries, documents).flatMap { query, texts in texts.map { TextPair(query, $0) } }
        guard !pairs.isEmpty else { throw LossError("\(name): no row of the batch has any document") }
        // The reference takes as many as rows by default. That is slower and saves nothing, since all passes are kept for the way back.
        let size = miniBatchSize.map { $0 > 0 ? $0 : pairs.count } ?? pairs.count
        return try compute(logits: try model.logits(pairs, inBatchesOf: size), labels: labels)
    }

    /// The loss of given logits, without a model.
    ///
    /// - Parameters:
    ///   - logits: raw outputs, one for each document, all queries' documents end to end, `[documents]` or `[documents, 1]`.
    ///   - labels: for each query the labels of its documents; queries may have different numbers of them.
    /// - Returns: a tensor of one element.
    public func compute(logits: Tensor, labels: [[Double]]) throws -> Tensor {
        let lists = DocumentLists(labels: labels)
        guard logits.count == lists.documentCount, logits.count > 0 else {
            throw LossError("\(name) expects one logit for each of \(lists.documentCount) labels, got logits of shape \(logits.shape)")
        }
        return try compute(scores: try activation(try logits.reshape([logits.count])), lists: lists)
    }

    /// The part of the configuration that listwise losses share.
    func addShared(to configuration: inout JSONObject) {
        configuration["activation_fn"] = .string(activation.name)
        configuration["mini_batch_size"] = miniBatchSize.map { .integer(Int64($0)) } ?? .null
    }
}
