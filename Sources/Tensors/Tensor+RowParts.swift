import ComputeRuntime
import Kernels

extension Tensor {
    /// Parts of these rows one behind the other, views like those of ``narrow(dim:start:length:)``. Backward, the gradients of all parts
    /// are put together into one matrix, where each view by itself would fill a whole one for another to be added to it.
    /// - Parameter lengths: rows of each part, all rows together.
    /// - Throws: ``TensorError`` for lengths that are not those of parts of this tensor.
    public func rowParts(_ lengths: [Int]) throws -> [Tensor] {
        guard rank > 0, lengths.allSatisfy({ $0 >= 0 }), lengths.reduce(0, { $0.addingReportingOverflow($1).partialValue }) == shape[0] else {
            throw TensorError("rowParts: parts of \(lengths) rows of shape \(shape); they must be all its rows")
        }
        let starts = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        guard lengths.count > 1, Tensor.records([self]) else {
            return try zip(starts, lengths).map { try narrow(dim: 0, start: $0, length: $1) }
        }
        let (shape, row) = (self.shape, self.shape.dropFirst().reduce(1, *)), gradient = GatheredRows(partCount: lengths.count)
        // It stands between this tensor and the parts, so it is undone after the last of them that has a gradient.
        let whole = detach().recorded(as: "row parts", from: [self]) { whole in
            for part in lengths.indices where !gradient.isFilled[part] {
                (whole.floats + starts[part] * row).update(repeating: 0, count: lengths[part] * row)
            }
            gradient.clear()
            return [whole]
        }
        return try lengths.indices.map { part in
            let view = try detach().narrow(dim: 0, start: starts[part], length: lengths[part])
            return view.recorded(as: "row part", from: [whole]) { own in
                let isFirst = gradient.matrix == nil
                let matrix = try gradient.matrix ?? Tensor(allocating: shape, for: "row parts")
                gradient.matrix = matrix
                gradient.isFilled[part] = true
                let target = matrix.floats + starts[part] * row, source = own.floats
                ThreadPool.shared.runRanges(count: lengths[part], grain: 64) { rows in
                    (target + rows.lowerBound * row).update(from: source + rows.lowerBound * row, count: rows.count * row)
                }
                return [isFirst ? matrix : nil]
            }
        }
    }
}

/// The gradient of all rows while gradients of parts come in.
private final class GatheredRows {
    var matrix: Tensor?
    var isFilled: [Bool]

    init(partCount: Int) { isFilled = [Bool](repeating: false, count: partCount) }

    /// For another backward pass.
    func clear() {
        matrix = nil
        isFilled = [Bool](repeating: false, count: isFilled.count)
    }
}
