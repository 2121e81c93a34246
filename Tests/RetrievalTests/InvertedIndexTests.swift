import Encoders
import Files
import Retrieval
import Tensors
import TestSupport
import Testing

/// Rows with some of the columns, weights of a few sizes so that there are ties.
private func randomRows(_ count: Int, columns: Int, active: Int, seed: UInt64, negative: Bool = false) -> SparseMatrix {
    var state = seed
    func next(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
    var offsets = [0], indices: [Int32] = [], values: [Float] = []
    for _ in 0..<count {
        let own = Set((0..<next(active + 1)).map { _ in Int32(next(next(columns) + 1)) }).sorted()
        indices += own
        values += own.map { _ in Float(next(8) + 1) / 4 * (negative && next(3) == 0 ? -1 : 1) }
        offsets.append(indices.count)
    }
    return SparseMatrix(rowCount: count, columnCount: columns, offsets: offsets, indices: indices, values: values)
}

/// A matrix from its rows one behind the other, zeros included.
private func rows(of columns: Int, _ values: [Float]) -> SparseMatrix {
    SparseMatrix(dense: Tensor(values, shape: [values.count / columns, columns]))
}

@Suite struct InvertedIndexTests {
    /// Every score from the similarity matrix, sorted.
    private func bruteForce(_ queries: SparseMatrix, _ documents: SparseMatrix, _ topK: Int) throws -> [[SearchHit]] {
        let scores = try SimilarityFunction.dot.matrix(queries, documents).floatArray()
        return (0..<queries.rowCount).map { query in
            let row = scores[query * documents.rowCount ..< (query + 1) * documents.rowCount]
            let order = row.enumerated().sorted { $0.element == $1.element ? $0.offset < $1.offset : $0.element > $1.element }
            return order.prefix(topK).filter { $0.element != 0 }.map { SearchHit(corpusId: $0.offset, score: $0.element) }
        }
    }

    @Test(arguments: [(1, 5, 3), (50, 40, 6), (70_000, 300, 8)]) func findsWhatBruteForceFinds(documents: Int, columns: Int, active: Int) throws {
        for negative in [false, true] {
            let corpus = randomRows(documents, columns: columns, active: active, seed: 1, negative: negative)
            let queries = randomRows(9, columns: columns, active: 5, seed: 2)
            let index = try InvertedIndex(corpus)
            for topK in [1, 10, 200] { 
                let (found, expected) = (try index.search(queries, topK: topK), try bruteForce(queries, corpus, topK))
                #expect(found == expected, "\(topK)")
            }
        }
    }

    @Test func equalDocumentsComeInTheirOrderAndEmptyOnesNever() throws {
        let row: [Float] = [0, 2, 1], none: [Float] = [0, 0, 0]
        let index = try InvertedIndex(rows(of: 3, none + row + row + none + row))
        let hits = try index.search(rows(of: 3, [0, 1, 1, 0, 0, 0, 1, 0, 0]), topK: 2)
        #expect(hits == [[SearchHit(corpusId: 1, score: 3), SearchHit(corpusId: 2, score: 3)], [], []])
        #expect(try InvertedIndex(rows(of: 3, [])).search(rows(of: 3, row)) == [[]])
    }

    @Test func aSavedIndexFindsTheSame() throws {
        let folder = TemporaryFolder(), corpus = randomRows(300, columns: 50, active: 9, seed: 3), queries = randomRows(20, columns: 50, active: 9, seed: 4)
        let index = try InvertedIndex(corpus)
        try index.save(to: folder("corpus.index"))
        let opened = try InvertedIndex(path: folder("corpus.index"))
        #expect(try opened.search(queries) == index.search(queries))
    }

    @Test func documentsThatAnIndexOnlyClaimsToHaveCostNothing() throws {
        let folder = TemporaryFolder(), path = folder("claims.index")
        try InvertedIndex(rows(of: 3, [1, 0, 2, 0, 1, -1])).save(to: path)
        var bytes = try FileContents.read(path)
        bytes.replaceSubrange(8..<12, with: [0xFF, 0xFF, 0xFF, 0x7F])
        try AtomicFile.write(bytes, to: path)
        let index = try InvertedIndex(path: path), query = rows(of: 3, [0, 0, 1])
        #expect(index.documentCount == Int(Int32.max))
        // Two billion documents of product zero come before the negative one.
        #expect(try index.search(query, topK: 10) == [[SearchHit(corpusId: 0, score: 2)]])
        #expect(try index.search(query, topK: .max) == [[SearchHit(corpusId: 0, score: 2), SearchHit(corpusId: 1, score: -1)]])
    }

    @Test func aDamagedFileIsRefusedOrSearchable() throws {
        let folder = TemporaryFolder(), path = folder("small.index"), query = randomRows(4, columns: 7, active: 5, seed: 6)
        try InvertedIndex(randomRows(6, columns: 7, active: 4, seed: 5)).save(to: path)
        let bytes = try FileContents.read(path)
        for length in 0..<bytes.count {
            try AtomicFile.write(Array(bytes.prefix(length)), to: path)
            #expect(throws: FileError.self) { try InvertedIndex(path: path) }
        }
        for bit in 0 ..< bytes.count * 8 {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            try AtomicFile.write(damaged, to: path)
            guard let index = try? InvertedIndex(path: path) else { continue }
            if index.dimension == 7 { _ = try index.search(query) }
        }
    }

    @Test func whatCannotBeIndexedOrAskedIsNamed() throws {
        let index = try InvertedIndex(rows(of: 2, [1, 2]))
        #expect(throws: SearchIndexError.self) { try index.search(rows(of: 3, [1, 2, 3])) }
        #expect(throws: SearchIndexError.self) { try index.search(rows(of: 2, [1, .nan])) }
        #expect(throws: SearchIndexError.self) { try InvertedIndex(rows(of: 2, [1, .infinity])) }
    }
}

@Suite struct BM25Tests {
    static let texts = ["The cat sat.", "a dog, a cat; a DOG!", "", "Éclair über 42"]

    /// Three words, six words, none, three: mean length 3; "cat" is in two of four texts, "dog" in one.
    @Test func scoresFollowTheFormula() throws {
        let hits = try BM25Index(Self.texts).search(["cat dog", "ÜBER 42", "mouse"])
        let cat = 0.6931471805599453, dog = 1.2039728043259361
        let long = 1.2 * 1.75
        let first = cat, second = cat * 2.2 / (1 + long) + dog * 2 * 2.2 / (2 + long)
        #expect(hits.map { $0.map(\.corpusId) } == [[1, 0], [3], []])
        #expect(abs(Double(hits[0][0].score) - second) < 1e-6 && abs(Double(hits[0][1].score) - first) < 1e-6)
        #expect(abs(Double(hits[1][0].score) - 2 * dog) < 1e-6)
    }

    @Test func aSavedIndexFindsTheSameAndKindsAreKeptApart() throws {
        let folder = TemporaryFolder(), index = try BM25Index(Self.texts, k1: 0.9, b: 0.4)
        try index.save(to: folder("words.index"))
        let opened = try BM25Index(path: folder("words.index"))
        #expect(try opened.search(["dog"]) == index.search(["dog"]))
        #expect(throws: FileError.self) { try InvertedIndex(path: folder("words.index")) }
        try InvertedIndex(rows(of: 2, [1, 2])).save(to: folder("numbers.index"))
        #expect(throws: FileError.self) { try BM25Index(path: folder("numbers.index")) }
        #expect(throws: SearchIndexError.self) { try BM25Index(Self.texts, b: 2) }
    }

    @Test func fusionAddsReciprocalRanks() {
        func hits(_ ids: Int...) -> [SearchHit] { ids.map { SearchHit(corpusId: $0, score: 0) } }
        let fused = reciprocalRankFusion([hits(3, 1, 2), hits(1, 4)], topK: 3)
        #expect(fused.map(\.corpusId) == [1, 3, 4] && abs(fused[0].score - Float(1.0 / 62 + 1.0 / 61)) < 1e-7)
    }
}
