import Tensors

/// Rows of a sparse matrix, listed by column, to be compared with many other rows: only what both sides have is visited, so a
/// comparison with all of these rows costs as many products as there are.
package struct SparseRowsByColumn {
    /// How many rows there are.
    package let count: Int
    /// Elements of a row, zeros included.
    package let columnCount: Int
    private let function: SimilarityFunction
    /// Column `c` is `starts[c] ..< starts[c + 1]` of ``rows`` and ``values``.
    private let starts: [Int]
    private let rows: [Int32]
    private let values: [Float]
    /// What each row adds alone; see ``SimilarityFunction/size(of:)``.
    private let sizes: [Double]

    /// - Parameter range: the rows of `matrix` to take.
    package init(_ matrix: SparseMatrix, _ range: Range<Int>, _ function: SimilarityFunction) {
        self.function = function
        count = range.count
        columnCount = matrix.columnCount
        let places = matrix.offsets[range.lowerBound] ..< matrix.offsets[range.upperBound]
        var starts = [Int](repeating: 0, count: matrix.columnCount + 1)
        for place in places { starts[Int(matrix.indices[place]) + 1] += 1 }
        for column in 0..<matrix.columnCount { starts[column + 1] += starts[column] }
        var next = starts, rows = [Int32](repeating: 0, count: places.count), values = [Float](repeating: 0, count: places.count)
        for row in range {
            for place in matrix.offsets[row] ..< matrix.offsets[row + 1] {
                let column = Int(matrix.indices[place])
                (rows[next[column]], values[next[column]]) = (Int32(row - range.lowerBound), matrix.values[place])
                next[column] += 1
            }
        }
        (self.starts, self.rows, self.values) = (starts, rows, values)
        sizes = range.map { function.size(of: matrix.values[matrix.offsets[$0] ..< matrix.offsets[$0 + 1]]) }
    }

    /// Compares every one of these rows with row `other` of a matrix.
    ///
    /// - Parameters:
    ///   - sums: room for ``count`` numbers.
    ///   - result: receives the similarity of row `i` at `i * stride`.
    /// - Returns: whether all of `other` is finite.
    package func compare(
        with matrix: SparseMatrix, row other: Int, sums: UnsafeMutablePointer<Double>, into result: UnsafeMutablePointer<Float>, stride: Int
    ) -> Bool {
        let places = matrix.offsets[other] ..< matrix.offsets[other + 1]
        sums.update(repeating: 0, count: count)
        starts.withUnsafeBufferPointer { starts in
            rows.withUnsafeBufferPointer { rows in
                values.withUnsafeBufferPointer { values in
                    for place in places {
                        let column = Int(matrix.indices[place]), y = Double(matrix.values[place])
                        for entry in starts[column] ..< starts[column + 1] {
                            sums[Int(rows[entry])] += function.shared(Double(values[entry]), y)
                        }
                    }
                }
            }
        }
        let size = function.size(of: matrix.values[places])
        for row in 0..<count { result[row * stride] = function.combine(sums[row], sizes[row], size) }
        return size.isFinite && (function != .dot || matrix.values[places].allSatisfy(\.isFinite))
    }
}

extension SimilarityFunction {
    /// What a row alone adds to a comparison: its length for the cosine, its squared length or sum of magnitudes for distances.
    func size(of values: ArraySlice<Float>) -> Double {
        switch self {
        case .dot: return 0
        case .cosine: return values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
        case .euclidean: return values.reduce(0.0) { $0 + Double($1) * Double($1) }
        case .manhattan: return values.reduce(0.0) { $0 + Double(abs($1)) }
        }
    }

    /// What a column adds that both rows have. Distances begin with what both have alone, and this corrects it.
    @inline(__always) func shared(_ x: Double, _ y: Double) -> Double {
        self == .manhattan ? abs(x - y) - abs(x) - abs(y) : x * y
    }

    /// The similarity of two rows. - Parameter sum: over the columns that both have.
    @inline(__always) func combine(_ sum: Double, _ left: Double, _ right: Double) -> Float {
        switch self {
        case .dot: return Float(sum)
        // The reference bounds lengths from below, so that empty rows give zero.
        case .cosine: return Float(sum / (max(left, 1e-12) * max(right, 1e-12)))
        case .euclidean: return -Float(max(0, left + right - 2 * sum).squareRoot())
        case .manhattan: return -Float(left + right + sum)
        }
    }
}
