import Tensors

/// Rows in batches of like length, the longest first: the first batch shows at once whether memory suffices.
///
/// Nothing is padded, so a batch of short texts may hold more of them than asked for: products of few rows are slow, since laying
/// out the weights for them is not worth it and threads have little to share.
package struct LengthBatches {
    private let order: [Int]
    /// Where each batch ends in ``order``.
    private let ends: [Int]
    /// About 2,000 tokens of English in bytes; longer batches gained nothing.
    package static let leastLength = 8_192

    /// - Parameters:
    ///   - lengths: of each row in bytes.
    ///   - batchSize: rows of a batch; more until they have ``leastLength`` together.
    package init(lengths: [Int], batchSize: Int) {
        let order = lengths.indices.sorted { lengths[$0] == lengths[$1] ? $0 < $1 : lengths[$0] > lengths[$1] }
        var ends: [Int] = [], rows = 0, length = 0
        for (place, row) in order.enumerated() {
            rows += 1
            length += lengths[row]
            if rows < batchSize || length < Self.leastLength { continue }
            ends.append(place + 1)
            (rows, length) = (0, 0)
        }
        self.order = order
        self.ends = rows > 0 ? ends + [order.count] : ends
    }

    /// Calls `body` with the number of rows done before and the rows of each batch.
    package func forEach(_ body: (_ done: Int, _ rows: [Int]) throws -> Void) rethrows {
        var start = 0
        for end in ends {
            try body(start, Array(order[start..<end]))
            start = end
        }
    }
}

extension Tensor {
    /// Overwrites rows of this contiguous `[rows, width]` tensor by those of `values`, off the tape.
    func setRows(_ rows: [Int], to values: Tensor) {
        let width = shape[1], source = values.contiguous()
        precondition(source.shape == [rows.count, width], "rows of \(source.shape) for \(rows.count) of width \(width)")
        for (index, row) in rows.enumerated() { (floats + row * width).update(from: source.floats + index * width, count: width) }
    }
}
