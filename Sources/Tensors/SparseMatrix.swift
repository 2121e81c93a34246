import Kernels

/// A matrix of mostly zeros, row by row (compressed sparse rows).
public struct SparseMatrix {
    public let rowCount: Int
    public let columnCount: Int
    /// Row `r` is `offsets[r] ..< offsets[r + 1]` of ``indices`` and ``values``; `rowCount + 1` entries.
    public let offsets: [Int]
    /// The columns of each row, ascending.
    public let indices: [Int32]
    public let values: [Float]

    /// Traps unless offsets, indices and values belong together.
    public init(rowCount: Int, columnCount: Int, offsets: [Int], indices: [Int32], values: [Float]) {
        precondition(offsets.count == rowCount + 1 && offsets[rowCount] == indices.count && indices.count == values.count,
                     "\(rowCount) rows with \(offsets.count) offsets, \(indices.count) indices and \(values.count) values")
        self.rowCount = rowCount
        self.columnCount = columnCount
        self.offsets = offsets
        self.indices = indices
        self.values = values
    }

    /// What is not zero of a `[rows, columns]` tensor.
    public init(dense: Tensor) {
        precondition(dense.rank == 2, "a tensor of shape [rows, columns] is wanted, it has \(dense.shape)")
        let x = dense.contiguous(), rows = x.shape[0], columns = x.shape[1]
        var offsets = [0], indices: [Int32] = [], values: [Float] = []
        for row in 0..<rows {
            let start = x.floats + row * columns
            for column in 0..<columns where start[column] != 0 {
                indices.append(Int32(column))
                values.append(start[column])
            }
            offsets.append(indices.count)
        }
        self.init(rowCount: rows, columnCount: columns, offsets: offsets, indices: indices, values: values)
    }

    /// `[rows, columns]`
    /// - Throws: ``TensorError`` if there is no memory for all the zeros.
    public func dense() throws -> Tensor {
        let result = try Tensor.zeros([rowCount, columnCount])
        for row in 0..<rowCount {
            for place in offsets[row] ..< offsets[row + 1] { result.floats[row * columnCount + Int(indices[place])] = values[place] }
        }
        return result
    }

    /// The rows of a range.
    public subscript(rows: Range<Int>) -> SparseMatrix {
        let places = offsets[rows.lowerBound] ..< offsets[rows.upperBound]
        let own = offsets[rows.lowerBound ... rows.upperBound].map { $0 - places.lowerBound }
        return SparseMatrix(rowCount: rows.count, columnCount: columnCount, offsets: own,
                            indices: Array(indices[places]), values: Array(values[places]))
    }

    /// Rows in another order, some perhaps more than once.
    public func selecting(rows: [Int]) -> SparseMatrix {
        var newOffsets = [0], newIndices: [Int32] = [], newValues: [Float] = []
        for row in rows {
            newIndices += indices[offsets[row] ..< offsets[row + 1]]
            newValues += values[offsets[row] ..< offsets[row + 1]]
            newOffsets.append(newIndices.count)
        }
        return SparseMatrix(rowCount: rows.count, columnCount: columnCount, offsets: newOffsets, indices: newIndices, values: newValues)
    }

    /// The sum of the squared differences of all elements.
    /// - Parameter other: of the same size.
    public func squaredDistance(from other: SparseMatrix) -> Double {
        precondition(rowCount == other.rowCount && columnCount == other.columnCount, "matrices of different size")
        var sum = 0.0
        for row in 0..<rowCount {
            var (i, j) = (offsets[row], other.offsets[row])
            let (iEnd, jEnd) = (offsets[row + 1], other.offsets[row + 1])
            while i < iEnd || j < jEnd {
                let left = i < iEnd ? indices[i] : .max, right = j < jEnd ? other.indices[j] : .max
                let difference = (left <= right ? Double(values[i]) : 0) - (right <= left ? Double(other.values[j]) : 0)
                sum += difference * difference
                if left <= right { i += 1 }
                if right <= left { j += 1 }
            }
        }
        return sum
    }

    /// The `count` values of greatest magnitude of each row; of equals those of the first columns.
    public func topK(perRow count: Int) -> SparseMatrix {
        var newOffsets = [0], newIndices: [Int32] = [], newValues: [Float] = []
        for row in 0..<rowCount {
            var places = Array(offsets[row] ..< offsets[row + 1])
            if places.count > count {
                places.sort { abs(values[$0]) == abs(values[$1]) ? $0 < $1 : abs(values[$0]) > abs(values[$1]) }
                places = places.prefix(max(0, count)).sorted()
            }
            for place in places {
                newIndices.append(indices[place])
                newValues.append(values[place])
            }
            newOffsets.append(newIndices.count)
        }
        return SparseMatrix(rowCount: rowCount, columnCount: columnCount, offsets: newOffsets, indices: newIndices, values: newValues)
    }

    /// Mean number of values of a row, and the mean share of columns without one; 0 and 1 for an empty matrix.
    public var sparsity: (activeDims: Double, sparsityRatio: Double) {
        guard rowCount > 0, columnCount > 0 else { return (0, 1) }
        let active = Double(indices.count) / Double(rowCount)
        return (active, 1 - active / Double(columnCount))
    }
}
