import ComputeRuntime

/// Rows of one sequence in a packed batch, and how many at its start are left out.
public struct PooledSegment {
    public let start: Int
    public let end: Int
    public let skipped: Int

    public init(start: Int, end: Int, skipped: Int) {
        self.start = start
        self.end = end
        self.skipped = skipped
    }

    /// The rows that count; none if all are left out.
    var rows: Range<Int> { min(start + skipped, end) ..< end }
}

/// How rows of a sequence become one.
public enum PoolingKernel: Sendable {
    case first, greatest, mean, meanSquareRoot, weightedMean, last

    /// What each row is multiplied by; nil for those that choose rows.
    func weight(row: Int, of segment: PooledSegment) -> Float? {
        let count = Float(segment.rows.count)
        switch self {
        case .mean: return 1 / count
        case .meanSquareRoot: return 1 / count.squareRoot()
        case .weightedMean:
            let first = Float(segment.rows.lowerBound - segment.start + 1), last = Float(segment.end - segment.start)
            return Float(row - segment.start + 1) / ((first + last) * count / 2)
        case .first, .greatest, .last: return nil
        }
    }

    /// The one row that is taken; nil for those that combine rows.
    func row(of segment: PooledSegment) -> Int? {
        switch self {
        // A sequence that is all prompt falls back to its first row.
        case .first: return segment.rows.isEmpty ? segment.start : segment.rows.lowerBound
        case .last: return segment.end - 1
        case .greatest, .mean, .meanSquareRoot, .weightedMean: return nil
        }
    }
}

/// Pools the rows of each segment, one mode beside the other.
/// - Parameters:
///   - input: `[rows, width]`
///   - output: `[segments, modes * width]`, overwritten; zero where no row counts.
public func poolSegments(
    _ input: UnsafePointer<Float>, width: Int, segments: [PooledSegment], modes: [PoolingKernel], output: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: segments.count, grain: 4) { range in
        for index in range {
            for (place, mode) in modes.enumerated() {
                let target = output + (index * modes.count + place) * width
                let segment = segments[index]
                if let row = mode.row(of: segment) {
                    target.update(from: input + row * width, count: width)
                    continue
                }
                target.update(repeating: 0, count: width)
                for (order, row) in segment.rows.enumerated() {
                    let source = input + row * width
                    if mode == .greatest {
                        for column in 0..<width { target[column] = order == 0 ? source[column] : max(target[column], source[column]) }
                    } else {
                        addRow(source, to: target, width: width, scale: mode.weight(row: row, of: segment)!)
                    }
                }
            }
        }
    }
}

/// Backward of ``poolSegments(_:width:segments:modes:output:)``.
/// - Parameters:
///   - gradient: `[segments, modes * width]`
///   - input: `[rows, width]`; nil without ``PoolingKernel/greatest``.
///   - inputGradient: `[rows, width]`, added to. Of equal greatest elements the first gets the gradient.
public func poolSegmentsBackward(
    _ gradient: UnsafePointer<Float>, input: UnsafePointer<Float>?, width: Int, segments: [PooledSegment], modes: [PoolingKernel],
    inputGradient: UnsafeMutablePointer<Float>
) {
    ThreadPool.shared.runRanges(count: segments.count, grain: 4) { range in
        for index in range {
            for (place, mode) in modes.enumerated() {
                let source = gradient + (index * modes.count + place) * width
                let segment = segments[index]
                if let row = mode.row(of: segment) {
                    addRow(source, to: inputGradient + row * width, width: width)
                } else if mode == .greatest {
                    guard let input else { Contract.broken("the greatest of which elements?") }
                    for column in 0..<width {
                        let best = segment.rows.max { input[$0 * width + column] < input[$1 * width + column] }
                        if let best { inputGradient[best * width + column] += source[column] }
                    }
                } else {
                    for row in segment.rows {
                        addRow(source, to: inputGradient + row * width, width: width, scale: mode.weight(row: row, of: segment)!)
                    }
                }
            }
        }
    }
}
