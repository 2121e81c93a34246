import ComputeRuntime

/// How two row-major arrays of compatible shapes are walked together as if both had the result's shape.
///
/// Neighbouring dimensions that both operands walk alike are merged, so that equal shapes are one row.
public struct BroadcastLayout {
    /// Elements of a row.
    public let rowLength: Int
    /// Steps of both operands within a row: 1, or 0 where the operand repeats one element.
    public let rowStrides: (Int, Int)
    /// Number of rows.
    public let rowCount: Int
    private let outerShape: [Int]
    private let outerStrides: [(Int, Int)]

    /// - Parameters:
    ///   - result: the common shape.
    ///   - first, second: the operands' shapes; each aligns with the end of `result`, with 1 where it repeats.
    public init(result: [Int], first: [Int], second: [Int]) {
        let strides = zip(Self.strides(of: first, in: result), Self.strides(of: second, in: result))
        var dimensions: [(length: Int, strides: (Int, Int))] = []
        for (length, stride) in zip(result, strides) where length != 1 {
            if let last = dimensions.last, last.strides.0 == stride.0 * length, last.strides.1 == stride.1 * length {
                dimensions[dimensions.count - 1] = (last.length * length, stride)
            } else {
                dimensions.append((length, stride))
            }
        }
        let row = dimensions.popLast() ?? (1, (0, 0))
        rowLength = row.length
        rowStrides = row.strides
        rowCount = dimensions.reduce(1) { $0 * $1.length }
        outerShape = dimensions.map(\.length)
        outerStrides = dimensions.map(\.strides)
    }

    private static func strides(of shape: [Int], in result: [Int]) -> [Int] {
        var strides = [Int](repeating: 0, count: result.count)
        var step = 1
        for dimension in (0..<shape.count).reversed() {
            strides[dimension + result.count - shape.count] = shape[dimension] == 1 ? 0 : step
            step *= shape[dimension]
        }
        return strides
    }

    /// Where row `row` of the operands starts, in elements.
    @inline(__always)
    func start(ofRow row: Int) -> (Int, Int) {
        var rest = row
        var start = (0, 0)
        for dimension in (0..<outerShape.count).reversed() {
            let index = rest % outerShape[dimension]
            rest /= outerShape[dimension]
            start.0 += index * outerStrides[dimension].0
            start.1 += index * outerStrides[dimension].1
        }
        return start
    }

    /// Calls `body(first, second, output, length)` with element offsets of stretches that together cover the result, over the pool.
    @inline(__always)
    func forEachStretch(_ body: (Int, Int, Int, Int) -> Void) {
        if rowLength == 0 { return }
        if rowCount == 1 {
            ThreadPool.shared.runRanges(count: rowLength, grain: 16_384) { range in
                body(range.lowerBound * rowStrides.0, range.lowerBound * rowStrides.1, range.lowerBound, range.count)
            }
        } else {
            ThreadPool.shared.runRanges(count: rowCount, grain: max(1, 16_384 / rowLength)) { rows in
                for row in rows {
                    let (first, second) = start(ofRow: row)
                    body(first, second, row * rowLength, rowLength)
                }
            }
        }
    }
}
