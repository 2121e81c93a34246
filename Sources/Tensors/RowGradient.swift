import Kernels

/// The gradient of a `[entries, width]` table of which only some rows have one.
public final class RowGradient {
    /// Entries of the table, ascending, each once.
    public let rows: [Int32]
    /// `[rows, width]`
    public let values: Tensor

    fileprivate init(rows: [Int32], values: Tensor) {
        self.rows = rows
        self.values = values
    }
}

/// Brings rows of a table up to date that an optimizer has left behind.
///
/// An optimizer such as AdamW changes every row in every step: moments decay, and weights with them. For a table of which a
/// batch reads few rows that is put off until a row is read again. Whoever reads rows of a table with ``Tensor/pendingRows``
/// settles them first.
public protocol PendingRows: AnyObject {
    /// Brings some rows up to date. - Parameter rows: each once.
    func settle(_ rows: [Int32])

    /// Brings all rows up to date.
    func settleAll()
}

extension Tensor {
    /// Whether there is a gradient of any kind.
    public var hasGradient: Bool { wholeGradient != nil || rowGradient != nil }

    /// Adds to the gradient of some rows of this `[entries, width]` table.
    /// - Parameters:
    ///   - rows: ascending, each once, within the table.
    ///   - values: `[rows, width]`, contiguous; kept.
    public func addRowGradient(rows: [Int32], values: Tensor) {
        let width = shape[1]
        precondition(values.shape == [rows.count, width] && values.isContiguous, "values of \(values.shape) for \(rows.count) rows of width \(width)")
        if let wholeGradient {
            scatterAddRows(values.floats, indices: rows, count: rows.count, width: width, into: wholeGradient.floats)
            return
        }
        guard let before = rowGradient else {
            rowGradient = RowGradient(rows: rows, values: values)
            return
        }
        let union = Self.union(before.rows, rows)
        let sum = Tensor(zeros: [union.rows.count, width])
        scatterAddRows(before.values.floats, indices: union.first, count: before.rows.count, width: width, into: sum.floats)
        scatterAddRows(values.floats, indices: union.second, count: rows.count, width: width, into: sum.floats)
        rowGradient = RowGradient(rows: union.rows, values: sum)
    }

    /// Turns the row gradient into one of this tensor's shape.
    func spreadRowGradient() {
        guard let part = rowGradient else { return }
        rowGradient = nil
        let whole = wholeGradient ?? Tensor(zeros: shape)
        scatterAddRows(part.values.floats, indices: part.rows, count: part.rows.count, width: shape[1], into: whole.floats)
        wholeGradient = whole
    }

    /// Two ascending lists as one, and the place of each entry in it.
    private static func union(_ a: [Int32], _ b: [Int32]) -> (rows: [Int32], first: [Int32], second: [Int32]) {
        var rows: [Int32] = [], first: [Int32] = [], second: [Int32] = []
        rows.reserveCapacity(a.count + b.count)
        var i = 0, j = 0
        while i < a.count || j < b.count {
            let next = i < a.count ? (j < b.count ? Swift.min(a[i], b[j]) : a[i]) : b[j]
            if i < a.count, a[i] == next {
                first.append(Int32(rows.count))
                i += 1
            }
            if j < b.count, b[j] == next {
                second.append(Int32(rows.count))
                j += 1
            }
            rows.append(next)
        }
        return (rows, first, second)
    }
}
