import Tensors

/// Rows in batches of like length, the longest first: the first batch shows at once whether memory suffices.
struct LengthBatches {
    private let order: [Int]
    private let batchSize: Int

    init(lengths: [Int], batchSize: Int) {
        order = lengths.indices.sorted { lengths[$0] == lengths[$1] ? $0 < $1 : lengths[$0] > lengths[$1] }
        self.batchSize = batchSize
    }

    /// Calls `body` with the number of rows done before and the rows of each batch.
    func forEach(_ body: (_ done: Int, _ rows: [Int]) throws -> Void) rethrows {
        for start in stride(from: 0, to: order.count, by: batchSize) {
            try body(start, Array(order[start ..< min(order.count, start + batchSize)]))
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
