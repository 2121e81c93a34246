import ComputeRuntime
import Files
import Kernels
import Tensors

/// Exact search over sparse embeddings by the dot product: for each column the documents that have it, so that a query visits
/// only what it shares with documents.
///
/// Scores are added up column by column for some thousands of documents at a time, which stay in the cache; nothing is skipped or
/// approximated. Sums are in double precision, in the order of the columns: scores are those of the similarity matrix, bit by bit.
///
/// A saved index is one file that is mapped, not read, when it is opened. Its numbers are little-endian: a header of eight 64-bit words (magic
/// `SNTXIDX1`, documents, columns, postings, bytes of the remainder, three of zero), the first posting of each column and the end
/// (`columns + 1` 64-bit words), the document of each posting (32 bits), its weight (float32), and the remainder, which an inverted
/// index does not have and ``BM25Index`` fills with JSON.
public final class InvertedIndex: @unchecked Sendable {
    let lists: PostingLists

    /// Documents, as many accumulators as fit the second-level cache beside the lists.
    private static let blockLength = 32_768

    /// - Parameter embeddings: `[documents, dimension]`. Throws ``SearchIndexError`` for weights that are not finite.
    public init(_ embeddings: SparseMatrix) throws { lists = try PostingLists(embeddings) }

    init(_ embeddings: SparseMatrix, remainder: [UInt8]) throws { lists = try PostingLists(embeddings, remainder: remainder) }

    /// Opens a saved index and checks all of it. Throws `FileError` for what is no index, cut off or damaged.
    public convenience init(path: String) throws {
        try self.init(lists: PostingLists(path: path))
        if !lists.remainder.isEmpty { throw FileError("cannot read", path: path, reason: "it is a BM25 index; open it as one") }
    }

    init(lists: PostingLists) { self.lists = lists }

    public var documentCount: Int { lists.documentCount }
    /// Elements of an embedding, zeros included.
    public var dimension: Int { lists.dimension }
    /// How many weights there are in all.
    public var postingCount: Int { Int(lists.starts[lists.dimension]) }

    /// Saves the index; the file appears in one step.
    public func save(to path: String) throws { try AtomicFile.write(lists.bytes, to: path) }

    /// The `topK` documents of the greatest dot product with each query, best first, the lower of equals first. Documents whose product is
    /// zero, such as those that share nothing with the query, are not listed.
    ///
    /// - Parameters:
    ///   - queries: `[queries, dimension]`
    ///   - checkpoint: called between groups of queries with how many are done; may throw to stop.
    /// - Throws: ``SearchIndexError`` for queries of another dimension or with weights that are not finite.
    public func search(_ queries: SparseMatrix, topK: Int = 10, checkpoint: (Int) throws -> Void = { _ in }) throws -> [[SearchHit]] {
        guard queries.columnCount == dimension else {
            throw SearchIndexError("queries have \(queries.columnCount) columns and the index \(dimension): both must come from one model")
        }
        guard topK >= 1 else { throw SearchIndexError("top_k must be 1 or more, it is \(topK)") }
        guard queries.values.allSatisfy(\.isFinite) else { throw SearchIndexError("a query has a weight that is not a finite number") }
        var found = [[SearchHit]](repeating: [], count: queries.rowCount)
        for first in stride(from: 0, to: queries.rowCount, by: 64) {
            try checkpoint(first)
            found.withUnsafeMutableBufferPointer { found in
                let start = found.baseAddress! + first
                ThreadPool.shared.run(count: min(64, found.count - first)) { start[$0] = best(min(topK, documentCount), of: queries, row: first + $0) }
            }
        }
        return found
    }

    /// Only blocks in which a document has a column of the query are visited: work and memory follow the postings, whatever number of
    /// documents an index claims to have.
    private func best(_ k: Int, of queries: SparseMatrix, row: Int) -> [SearchHit] {
        let places = queries.offsets[row] ..< queries.offsets[row + 1]
        let columns = places.map { (Int(queries.indices[$0]), Double(queries.values[$0])) }
        var cursors = columns.map { Int(lists.starts[$0.0]) }
        let stops = columns.map { Int(lists.starts[$0.0 + 1]) }
        let reachable = zip(cursors, stops).reduce(0) { $0 + $1.1 - $1.0 }
        guard k > 0, reachable > 0 else { return [] }
        let room = min(Self.blockLength, documentCount)
        let sums = UnsafeMutablePointer<Double>.allocate(capacity: room), scores = UnsafeMutablePointer<Float>.allocate(capacity: room)
        defer { sums.deallocate(); scores.deallocate() }
        let hits = BestHits(queryCount: 1, k: min(k, reachable))
        let (documents, weights) = (lists.documents, lists.weights)
        var negatives = 0
        while let nearest = zip(cursors, stops).lazy.filter({ $0 < $1 }).map({ documents[$0.0] }).min() {
            let first = Int(nearest) / Self.blockLength * Self.blockLength
            let count = min(Self.blockLength, documentCount - first), end = UInt32(first + count)
            sums.update(repeating: 0, count: count)
            for (term, (_, weight)) in columns.enumerated() {
                let stop = stops[term]
                var place = cursors[term]
                while place < stop, documents[place] < end {
                    sums[Int(documents[place]) &- first] += Double(weights[place]) * weight
                    place &+= 1
                }
                cursors[term] = place
            }
            // What is not listed stands behind all that may be.
            for document in 0..<count {
                let score = Float(sums[document])
                scores[document] = score == 0 ? -.infinity : score
                negatives &+= score < 0 ? 1 : 0
            }
            hits.push(scores, count: count, firstIndex: first, query: 0)
        }
        hits.sort()
        let best = hits.hits(of: 0)
        let listed = zip(best.indices, best.scores).filter { $1 != -.infinity }.map { SearchHit(corpusId: Int($0), score: $1) }
        // A negative product comes after the zeros, which take places among the best though they are not listed.
        let positives = listed.prefix { $0.score > 0 }.count
        return Array(listed.prefix(positives + max(0, k - (documentCount - negatives))))
    }
}
