import ComputeRuntime

#if arch(x86_64)
import KernelsAVX512BF16
#endif

/// Runs `body` on ranges of rows with a zeroed vector of `width` partial sums each, then adds the partial sums to
/// `sums` in the order of the ranges. The cut depends on the sizes and the number of threads only.
///
/// - Parameter sums: `[width]`, added to; nil where nobody wants them.
func runRowsWithSums(
    rows: Int, grain: Int, width: Int, into sums: UnsafeMutablePointer<Float>?,
    _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
) {
    if rows == 0 { return }
    let parts = min(ThreadPool.shared.threadCount * 4, max(1, rows / max(1, grain)))
    let size = (rows + parts - 1) / parts
    let used = (rows + size - 1) / size
    let partial = UnsafeMutablePointer<Float>.allocate(capacity: used * width)
    partial.initialize(repeating: 0, count: used * width)
    defer { partial.deallocate() }
    ThreadPool.shared.run(count: used) { part in
        body(part * size ..< min(rows, (part + 1) * size), partial + part * width)
    }
    guard let sums else { return }
    for part in 0..<used { addRow(partial + part * width, to: sums, width: width) }
}

/// Adds the sum over rows of `values` `[rows, width]` to `sums` `[width]`.
/// - Parameter rowStride: elements between rows of `values`.
public func addColumnSums(
    _ values: UnsafePointer<Float>, rows: Int, width: Int, rowStride: Int? = nil, to sums: UnsafeMutablePointer<Float>
) {
    let stride = rowStride ?? width
    runRowsWithSums(rows: rows, grain: 32, width: width, into: sums) { range, partial in
        for row in range { addRow(values + row * stride, to: partial, width: width) }
    }
}

/// The same of elements that products read, whose rows are `width` apart.
public func addColumnSums(_ values: MatrixElements, rows: Int, width: Int, to sums: UnsafeMutablePointer<Float>) {
    switch values {
    case .float32(let values): addColumnSums(values, rows: rows, width: width, to: sums)
    case .bfloat16(let values):
        #if arch(x86_64)
        runRowsWithSums(rows: rows, grain: 32, width: width, into: sums) { addRows($0, of: values, width: width, to: $1) }
        #endif
    }
}

/// `values += bias` on some rows of `[rows, width]`.
public func addBias(_ bias: UnsafePointer<Float>, to values: UnsafeMutablePointer<Float>, rows: Range<Int>, width: Int) {
    for row in rows { addRow(bias, to: values + row * width, width: width) }
}

/// `output[i] = table[indices[i]]` for rows of `width`.
public func gatherRows(
    _ table: UnsafePointer<Float>, indices: UnsafePointer<Int32>, count: Int, width: Int, to output: UnsafeMutablePointer<Float>
) {
    for row in 0..<count { (output + row * width).update(from: table + Int(indices[row]) * width, count: width) }
}
