import Tensors

/// A sum over the rows of a batch whose terms each need a row of a large score matrix.
///
/// Rows are taken in chunks, and each chunk's gradient is computed as soon as its value is, so that the scores of one
/// chunk exist at a time. This costs no more arithmetic than one matrix would, since a loss is always derived.
package enum RowChunks {
    /// Scores of one matrix that are held at a time, 32 MB.
    package static let scoreLimit = 1 << 23

    /// Rows whose scores fit into a limit, at least one.
    package static func size(scoresPerRow: Int, limit: Int) -> Int { max(1, limit / max(1, scoresPerRow)) }

    /// The sum of a term over chunks of rows, on the tape.
    ///
    /// - Parameters:
    ///   - count: number of rows.
    ///   - size: rows of a chunk.
    ///   - inputs: every tensor of the tape that terms depend on.
    ///   - term: one element from a range of rows and the inputs, which stand for those given.
    /// - Returns: a tensor of one element.
    package static func sum(over count: Int, of size: Int, inputs: [Tensor], _ term: (Range<Int>, [Tensor]) throws -> Tensor) throws -> Tensor {
        if count <= size { return try term(0..<count, inputs) }
        let isRecording = Tensor.records(inputs)
        let leaves = inputs.map { input in
            let leaf = input.detach()
            leaf.requiresGrad = isRecording && input.requiresGrad
            return leaf
        }
        var total = 0.0
        for start in stride(from: 0, to: count, by: size) {
            let value = try term(start..<min(start + size, count), leaves)
            total += try value.item()
            if value.requiresGrad { try value.backward() }
        }
        let gradients = leaves.map(\.grad)
        return Tensor.scalar(Float(total)).recorded(as: "rowChunks", from: inputs) { factor in
            try gradients.map { try $0?.multiplying(factor) }
        }
    }
}
