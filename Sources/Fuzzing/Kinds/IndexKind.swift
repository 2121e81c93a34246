import Files
import JSON
import Retrieval
import Tensors

/// Files of search indexes.
final class IndexKind: FuzzKind {
    static let name = "index"
    static let summary = "files of inverted indexes and of BM25 indexes"

    private let workspace: String

    init(workspace: String) { self.workspace = workspace }

    func seeds() throws -> [[UInt8]] {
        let path = Path.join(workspace, "seed")
        let matrix = SparseMatrix(rowCount: 3, columnCount: 5, offsets: [0, 2, 2, 5], indices: [0, 3, 1, 3, 4], values: [0.5, 1, 2, 0.25, 3])
        try InvertedIndex(matrix).save(to: path)
        let inverted = try FileContents.read(path)
        try BM25Index(["the cat sat", "a dog", "the cat and the dog"]).save(to: path)
        return [inverted, try FileContents.read(path)]
    }

    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8] {
        // The words stand as JSON behind the numbers.
        if let brace = input.firstIndex(of: UInt8(ascii: "{")), random.once(in: 3) { return input[..<brace] + JSONMutation.mutated(Array(input[brace...]), &random) }
        return ByteMutation.mutated(input, &random)
    }

    func attempt(_ input: [UInt8]) throws {
        let path = Path.join(workspace, "index")
        try PlainFile.write(input, to: path)
        do {
            try checkWords(path)
        } catch let wrong as WrongAnswer {
            throw wrong
        } catch {
            // It is one or the other.
            try checkVectors(path)
        }
    }

    private func checkVectors(_ path: String) throws {
        let index = try InvertedIndex(path: path)
        let columns = index.dimension, used = min(columns, 5)
        let query = SparseMatrix(rowCount: 1, columnCount: columns, offsets: [0, used], indices: (0..<used).map { Int32($0) }, values: [Float](repeating: 1, count: used))
        let hits = try index.search(query, topK: 4)
        try check(hits, documents: index.documentCount)
        let copy = Path.join(workspace, "copy")
        try index.save(to: copy)
        guard let again = try? InvertedIndex(path: copy), let found = try? again.search(query, topK: 4), Self.same(found, hits) else {
            throw WrongAnswer("a saved index finds something else")
        }
    }

    private func checkWords(_ path: String) throws {
        let index = try BM25Index(path: path)
        try check(index.search(["the cat", "", "dog dog \u{0} ü"], topK: 3), documents: index.documentCount)
    }

    private func check(_ hits: [[SearchHit]], documents: Int) throws {
        for hit in hits.joined() where !(0..<documents).contains(hit.corpusId) { throw WrongAnswer("document \(hit.corpusId) of \(documents)") }
        for list in hits where Set(list.map(\.corpusId)).count != list.count { throw WrongAnswer("a document is found twice") }
    }

    /// NaN differs from itself.
    private static func same(_ a: [[SearchHit]], _ b: [[SearchHit]]) -> Bool {
        a.map { $0.map(\.corpusId) } == b.map { $0.map(\.corpusId) }
    }
}
