import Files
import Tensors

/// The documents of each column with their weights, in the very bytes of an index file; see ``InvertedIndex`` for the layout.
final class PostingLists {
    /// Either memory of our own or a mapped file.
    let bytes: UnsafeRawBufferPointer
    private let owner: AnyObject
    let documentCount: Int
    let dimension: Int
    /// Column `c` is `starts[c] ..< starts[c + 1]` of ``documents`` and ``weights``.
    let starts: UnsafePointer<UInt64>
    /// Ascending in each column.
    let documents: UnsafePointer<UInt32>
    let weights: UnsafePointer<Float>
    /// What a kind of index keeps of its own, such as a vocabulary.
    let remainder: UnsafeRawBufferPointer

    private static let magic: UInt64 = 0x3158_4449_5854_4e53     // "SNTXIDX1"
    private static let headerWords = 8

    private final class OwnMemory {
        let bytes: UnsafeMutableRawBufferPointer
        init(count: Int) { bytes = .allocate(byteCount: count, alignment: 64) }
        deinit { bytes.deallocate() }
    }

    /// Lists of the columns of a matrix. Throws for weights that are no numbers.
    init(_ matrix: SparseMatrix, remainder extra: [UInt8] = []) throws {
        let count = matrix.indices.count, columns = matrix.columnCount
        let memory = OwnMemory(count: Self.size(columns: columns, postings: count, extra: extra.count)!)
        let header: [UInt64] = [Self.magic, UInt64(matrix.rowCount), UInt64(columns), UInt64(count), UInt64(extra.count), 0, 0, 0]
        header.withUnsafeBytes { memory.bytes.baseAddress!.copyMemory(from: $0.baseAddress!, byteCount: $0.count) }
        let starts = (memory.bytes.baseAddress! + 8 * Self.headerWords).bindMemory(to: UInt64.self, capacity: columns + 1)
        let documents = UnsafeMutableRawPointer(starts + columns + 1).bindMemory(to: UInt32.self, capacity: count)
        let weights = UnsafeMutableRawPointer(documents + count).bindMemory(to: Float.self, capacity: count)
        starts.update(repeating: 0, count: columns + 1)
        for column in matrix.indices { starts[Int(column) + 1] += 1 }
        for column in 0..<columns { starts[column + 1] += starts[column] }
        var next = (0..<columns).map { Int(starts[$0]) }
        for row in 0..<matrix.rowCount {
            for place in matrix.offsets[row] ..< matrix.offsets[row + 1] {
                let column = Int(matrix.indices[place]), weight = matrix.values[place]
                guard weight.isFinite else {
                    throw SearchIndexError("embedding \(row + 1) has the weight \(weight) in column \(column + 1); weights must be finite numbers")
                }
                (documents[next[column]], weights[next[column]]) = (UInt32(row), weight)
                next[column] += 1
            }
        }
        extra.withUnsafeBytes { if let start = $0.baseAddress { UnsafeMutableRawPointer(weights + count).copyMemory(from: start, byteCount: $0.count) } }
        owner = memory
        bytes = UnsafeRawBufferPointer(memory.bytes)
        (documentCount, dimension) = (matrix.rowCount, columns)
        (self.starts, self.documents, self.weights) = (UnsafePointer(starts), UnsafePointer(documents), UnsafePointer(weights))
        remainder = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - extra.count)...])
    }

    /// Maps a file and checks all of it, so that a search can trust it. Throws `FileError`.
    init(path: String) throws {
        let file = try MappedFile(path)
        func refuse(_ reason: String) -> FileError { FileError("cannot read", path: path, reason: reason) }
        let bytes = file.bytes
        guard bytes.count >= 8 * Self.headerWords, bytes.load(as: UInt64.self) == Self.magic else {
            throw refuse("it is no search index of this program")
        }
        let words = (1...4).map { bytes.load(fromByteOffset: 8 * $0, as: UInt64.self) }
        let isShort = words.allSatisfy { $0 <= UInt64(Int32.max) * 64 } && words[0] <= UInt64(Int32.max)
        guard isShort, let size = Self.size(columns: Int(words[1]), postings: Int(words[2]), extra: Int(words[3])), size == bytes.count else {
            throw refuse("the index is cut off or damaged: its header does not fit its \(bytes.count) bytes; save it anew")
        }
        let columns = Int(words[1]), count = Int(words[2])
        let starts = (bytes.baseAddress! + 8 * Self.headerWords).assumingMemoryBound(to: UInt64.self)
        let documents = UnsafeRawPointer(starts + columns + 1).assumingMemoryBound(to: UInt32.self)
        let weights = UnsafeRawPointer(documents + count).assumingMemoryBound(to: Float.self)
        guard starts[0] == 0, starts[columns] == words[2], (0..<columns).allSatisfy({ starts[$0] <= starts[$0 + 1] }) else {
            throw refuse("the index is damaged: its columns overlap; save it anew")
        }
        for column in 0..<columns {
            var last = -1
            for place in Int(starts[column]) ..< Int(starts[column + 1]) {
                guard Int(documents[place]) > last, documents[place] < words[0], weights[place].isFinite else {
                    throw refuse("the index is damaged: column \(column + 1) names no valid documents and weights; save it anew")
                }
                last = Int(documents[place])
            }
        }
        owner = file
        self.bytes = bytes
        (documentCount, dimension) = (Int(words[0]), columns)
        (self.starts, self.documents, self.weights) = (starts, documents, weights)
        remainder = UnsafeRawBufferPointer(rebasing: bytes[(bytes.count - Int(words[3]))...])
    }

    /// Bytes of a file; nil if no file can be so long.
    private static func size(columns: Int, postings: Int, extra: Int) -> Int? {
        let (lists, isTooLong) = postings.multipliedReportingOverflow(by: 8)
        let (starts, hasTooMany) = columns.multipliedReportingOverflow(by: 8)
        let (sum, overflows) = lists.addingReportingOverflow(starts)
        let (total, isOver) = sum.addingReportingOverflow(extra)
        let (all, tooMuch) = total.addingReportingOverflow(8 * headerWords + 8)
        return isTooLong || hasTooMany || overflows || isOver || tooMuch ? nil : all
    }
}
