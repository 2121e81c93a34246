import Files
import Glibc
import JSON
import Tensors

/// Ranking by words: BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009), on an ``InvertedIndex``.
///
/// A document's weight for a word that it has `f` times is `idf f (k1 + 1) / (f + k1 (1 - b + b length / mean length))` with
/// `idf = ln(1 + (N - n + 0.5) / (n + 0.5))`, where `n` of `N` documents have the word; a query's is how often it has the word.
/// These are the scores of Elasticsearch with its defaults, k1 = 1.2 and b = 0.75.
public final class BM25Index {
    private let index: InvertedIndex
    private let columnOf: [String: Int]
    public let k1: Double
    public let b: Double

    public var documentCount: Int { index.documentCount }
    /// How many different words the documents have.
    public var wordCount: Int { columnOf.count }

    /// - Throws: ``SearchIndexError`` for a `k1` below 0 or a `b` outside of 0 to 1.
    public init(_ texts: [String], k1: Double = 1.2, b: Double = 0.75) throws {
        guard k1.isFinite, k1 >= 0 else { throw SearchIndexError("k1 must be 0 or more, it is \(k1)") }
        guard (0...1).contains(b) else { throw SearchIndexError("b must be from 0 to 1, it is \(b)") }
        var columnOf: [String: Int] = [:], vocabulary: [String] = []
        var documentsWith: [Int] = [], rows: [[(Int32, Float)]] = [], lengths: [Int] = []
        for text in texts {
            let words = Self.words(of: text)
            var counts: [Int32: Float] = [:]
            for word in words {
                let column = columnOf[word] ?? vocabulary.count
                if column == vocabulary.count {
                    columnOf[word] = column
                    vocabulary.append(word)
                    documentsWith.append(0)
                }
                counts[Int32(column), default: 0] += 1
            }
            for column in counts.keys { documentsWith[Int(column)] += 1 }
            rows.append(counts.map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 })
            lengths.append(words.count)
        }
        let mean = max(1e-9, Double(lengths.reduce(0, +)) / Double(max(1, texts.count)))
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for (row, length) in zip(rows, lengths) {
            for (column, count) in row {
                let n = Double(documentsWith[Int(column)]), f = Double(count)
                let idf = log(1 + (Double(texts.count) - n + 0.5) / (n + 0.5))
                indices.append(column)
                values.append(Float(idf * f * (k1 + 1) / (f + k1 * (1 - b + b * Double(length) / mean))))
            }
            offsets.append(indices.count)
        }
        let matrix = SparseMatrix(rowCount: texts.count, columnCount: vocabulary.count, offsets: offsets, indices: indices, values: values)
        let remainder: JSONValue = ["kind": "BM25", "k1": .number(k1), "b": .number(b), "vocabulary": .array(vocabulary.map { .string($0) })]
        index = try InvertedIndex(matrix, remainder: Array(remainder.serialized().utf8))
        (self.columnOf, self.k1, self.b) = (columnOf, k1, b)
    }

    /// Opens a saved index. Throws `FileError` for what is no BM25 index, cut off or damaged.
    public init(path: String) throws {
        let lists = try PostingLists(path: path)
        let damaged = FileError("cannot read", path: path, reason: "it is no BM25 index, or its vocabulary is damaged")
        guard !lists.remainder.isEmpty, let kept = try? JSONValue.parse(String(decoding: lists.remainder, as: UTF8.self)),
              kept["kind"]?.asString == "BM25", let k1 = kept["k1"]?.asNumber, let b = kept["b"]?.asNumber, k1 >= 0, (0...1).contains(b),
              let words = kept["vocabulary"]?.asArray?.compactMap(\.asString), words.count == lists.dimension else { throw damaged }
        columnOf = Dictionary(words.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        guard columnOf.count == words.count else { throw damaged }
        index = InvertedIndex(lists: lists)
        (self.k1, self.b) = (k1, b)
    }

    /// Saves the index in one file; see ``InvertedIndex``.
    public func save(to path: String) throws { try index.save(to: path) }

    /// The `topK` documents of the greatest score for each text, best first, the lower of equals first; only documents that share a
    /// word with it.
    public func search(_ texts: [String], topK: Int = 10, checkpoint: (Int) throws -> Void = { _ in }) throws -> [[SearchHit]] {
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for text in texts {
            var counts: [Int32: Float] = [:]
            for word in Self.words(of: text) { if let column = columnOf[word] { counts[Int32(column), default: 0] += 1 } }
            for (column, count) in counts.sorted(by: { $0.key < $1.key }) {
                indices.append(column)
                values.append(count)
            }
            offsets.append(indices.count)
        }
        let queries = SparseMatrix(rowCount: texts.count, columnCount: index.dimension, offsets: offsets, indices: indices, values: values)
        return try index.search(queries, topK: topK, checkpoint: checkpoint)
    }

    /// Runs of letters, digits and marks, in small letters.
    static func words(of text: String) -> [String] {
        var words: [String] = [], word = String.UnicodeScalarView()
        for scalar in text.lowercased().unicodeScalars {
            let properties = scalar.properties
            let isMark = properties.generalCategory == .nonspacingMark || properties.generalCategory == .spacingMark
            if properties.isAlphabetic || properties.numericType != nil || isMark {
                word.append(scalar)
            } else if !word.isEmpty {
                words.append(String(word))
                word.removeAll(keepingCapacity: true)
            }
        }
        if !word.isEmpty { words.append(String(word)) }
        return words
    }
}
