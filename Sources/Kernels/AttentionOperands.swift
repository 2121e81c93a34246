/// A matrix that multiplies from the left: here float32.
struct LeftOperand {
    let elements: UnsafePointer<Float>
    let rowStride: Int
    var columnStride = 1
}

/// A matrix that multiplies from the right: `[inner, columns]`, here float32.
struct RightOperand {
    let elements: UnsafePointer<Float>
    let rowStride: Int
}

/// `c[m, n] = left * right` over `k` inner elements, or `c +=`; `n` a multiple of 16.
@inline(__always)
func multiply(
    _ left: LeftOperand, _ right: RightOperand, into c: UnsafeMutablePointer<Float>, rowStride: Int, m: Int, n: Int, k: Int,
    accumulate: Bool = false
) {
    smallProduct(left.elements, rowStrideA: left.rowStride, columnStrideA: left.columnStride, right.elements, rowStrideB: right.rowStride,
                 into: c, rowStrideC: rowStride, m: m, n: n, k: k, accumulate: accumulate)
}

extension RightOperand {
    /// Rows of `columns` for the right, filled up to `width` with zeros. - Parameter room: `rows * width` elements.
    @inline(__always)
    init(rows source: UnsafePointer<Float>, stride: Int, count: Int, columns: Int, room: UnsafeMutablePointer<Float>, width: Int) {
        copyPadded(source, rowStride: stride, rows: count, columns: columns, scale: 1, to: room, width: width)
        self.init(elements: room, rowStride: width)
    }

    /// The transposed matrix of rows of `columns`, `[columns, width]`. - Parameter room: `columns` (padded) times `rowStride` elements.
    @inline(__always)
    init(
        transposed source: UnsafePointer<Float>, stride: Int, count: Int, columns: Int, room: UnsafeMutablePointer<Float>,
        rowStride: Int, width: Int
    ) {
        copyTransposed(source, rowStride: stride, rows: count, columns: columns, to: room, rowStride: rowStride, width: width)
        self.init(elements: room, rowStride: rowStride)
    }
}

/// Rows of `columns`, multiplied by `scale`, for either side. - Parameter room: `(rows + 1) * width` elements.
@inline(__always)
func operands(
    rows source: UnsafePointer<Float>, stride: Int, count: Int, columns: Int, scale: Float, room: UnsafeMutablePointer<Float>, width: Int
) -> (left: LeftOperand, right: RightOperand) {
    (LeftOperand(packing: source, stride: stride, count: count, columns: columns, scale: scale, room: room, width: width),
     RightOperand(elements: room, rowStride: width))
}

extension LeftOperand {
    /// Rows of `columns`, multiplied by `scale`, filled up to `width` with zeros. - Parameter room: `rows * width` elements.
    @inline(__always)
    init(packing source: UnsafePointer<Float>, stride: Int, count: Int, columns: Int, scale: Float, room: UnsafeMutablePointer<Float>, width: Int) {
        copyPadded(source, rowStride: stride, rows: count, columns: columns, scale: scale, to: room, width: width)
        self.init(elements: room, rowStride: width)
    }

    /// The transposed matrix of rows of `width`, in their own memory, which may change.
    @inline(__always)
    init(transposing values: UnsafeMutablePointer<Float>, count: Int, width: Int) {
        self.init(elements: values, rowStride: 1, columnStride: width)
    }

    /// Rows of `width`. - Parameter room: `rows * width` elements, which may be used.
    @inline(__always)
    init(rows values: UnsafePointer<Float>, count: Int, width: Int, room: UnsafeMutablePointer<Float>) {
        self.init(elements: values, rowStride: width)
    }
}
