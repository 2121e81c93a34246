import Encoders
import Losses
import Tensors

/// Queries with their documents, each query with its own number of them: what a listwise loss works on.
///
/// Documents lie end to end, query by query, as the model scores them ("flat", `[documents]`). For arithmetic across the
/// documents of a query they are placed in a matrix `[queries, longest]`, where a mask tells documents from padding.
public struct DocumentLists {
    /// The labels of each query's documents.
    public let labels: [[Double]]
    /// The greatest number of documents of a query.
    public let longest: Int
    /// True where the matrix holds a document, `[queries, longest]`.
    public let mask: Tensor

    public init(labels: [[Double]]) {
        self.labels = labels
        let longest = labels.map(\.count).max() ?? 0
        self.longest = longest
        mask = Tensor(labels.flatMap { list in (0..<longest).map { $0 < list.count } }, shape: [labels.count, longest])
    }

    /// Number of queries.
    public var queryCount: Int { labels.count }

    /// Number of documents of all queries.
    public var documentCount: Int { labels.reduce(0) { $0 + $1.count } }

    /// True where the matrix is padding, `[queries, longest]`.
    public var padding: Tensor {
        Tensor(labels.flatMap { list in (0..<longest).map { $0 >= list.count } }, shape: [queryCount, longest])
    }

    /// Flat values as a matrix `[queries, longest]` with `filler` as padding. On the tape.
    public func matrix(_ flat: Tensor, filler: Double) throws -> Tensor {
        var indices: [Int] = []
        indices.reserveCapacity(queryCount * longest)
        var start = 0
        for list in labels {
            // Padding reads an arbitrary document, which the mask then covers.
            for position in 0..<longest { indices.append(position < list.count ? start + position : 0) }
            start += list.count
        }
        return try flat.indexSelect(dim: 0, indices: indices).reshape([queryCount, longest]).maskedFill(padding, filler)
    }

    /// The labels as a matrix `[queries, longest]` with `filler` as padding.
    public func labelMatrix(filler: Float) -> Tensor {
        rows { list, position in position < list.count ? Float(list[position]) : filler }
    }

    /// A matrix `[queries, longest]` computed from each query's labels and a position.
    public func rows(_ element: (_ list: [Double], _ position: Int) -> Float) -> Tensor {
        Tensor(labels.flatMap { list in (0..<longest).map { element(list, $0) } }, shape: [queryCount, longest])
    }

    /// For each query in turn the flat positions of its documents by descending key; equal keys keep their order.
    public func descending<Key: Comparable>(by keys: [Key]) -> [Int] {
        var order: [Int] = []
        order.reserveCapacity(documentCount)
        var start = 0
        for list in labels {
            order += (start..<start + list.count).sorted { keys[$0] == keys[$1] ? $0 < $1 : keys[$0] > keys[$1] }
            start += list.count
        }
        return order
    }

    /// The same queries with their documents in the order of ``descending(by:)``.
    public func reordered(_ order: [Int]) -> DocumentLists {
        let flat = labels.flatMap { $0 }
        var start = 0
        return DocumentLists(labels: labels.map { list in
            defer { start += list.count }
            return order[start..<start + list.count].map { flat[$0] }
        })
    }
}
