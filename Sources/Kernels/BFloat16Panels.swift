#if arch(x86_64)
import KernelsAVX512BF16
#endif

/// The right operand `[depth, columns]` of products in bfloat16, rounded (to nearest, ties to even) and laid out for the
/// instruction set in force. It is made once and serves many products.
public final class BFloat16Panels {
    public let columns: Int
    public let depth: Int
    /// What it was laid out for.
    public let instructionSet: InstructionSet
    /// For AVX-512 `[panels][pairs of inner elements][32 columns][2]` in bfloat16, else the rounded operand in float32 as `order` says.
    let elements: UnsafeMutableRawPointer
    let order: MatrixOrder

    /// - Parameters:
    ///   - b: `[depth, columns]`, or `[columns, depth]` for ``MatrixOrder/transposed``.
    ///   - rowStride: elements between stored rows; as many as a row has if nil.
    public init(_ b: UnsafePointer<Float>, _ order: MatrixOrder = .normal, columns: Int, depth: Int, rowStride: Int? = nil) {
        self.columns = columns
        self.depth = depth
        self.order = order
        instructionSet = InstructionSet.current
        elements = .allocate(byteCount: Self.byteCount(columns: columns, depth: depth, instructionSet), alignment: 64)
        Self.fill(elements, b, order, columns: columns, depth: depth, stride: rowStride ?? (order == .normal ? columns : depth), instructionSet)
    }

    deinit { elements.deallocate() }

    /// Bytes of the laid out operand.
    static func byteCount(columns: Int, depth: Int, _ set: InstructionSet) -> Int {
        #if arch(x86_64)
        if set >= .avx512bf16 {
            return max(64, (columns + TileShape.columns - 1) / TileShape.columns * ((depth + 1) / 2) * 2 * TileShape.columns * 2)
        }
        #endif
        return max(64, columns * depth * MemoryLayout<Float>.stride)
    }

    /// Rounds and lays out, on all threads.
    static func fill(
        _ target: UnsafeMutableRawPointer, _ b: UnsafePointer<Float>, _ order: MatrixOrder, columns: Int, depth: Int, stride: Int,
        _ set: InstructionSet
    ) {
        if columns == 0 || depth == 0 { return }
        #if arch(x86_64)
        if set >= .avx512bf16 {
            let elements = target.assumingMemoryBound(to: UInt16.self)
            let pairs = (depth + 1) / 2, panels = (columns + TileShape.columns - 1) / TileShape.columns
            // Pieces of the inner dimension, so that a piece of the source stays in cache for all panels.
            let pieceDepth = 512, pieces = (depth + pieceDepth - 1) / pieceDepth
            ThreadPool.shared.run(count: order == .normal ? pieces : panels) { index in
                if order == .normal {
                    let first = index * pieceDepth, count = min(pieceDepth, depth - first)
                    for panel in 0..<panels {
                        let column = panel * TileShape.columns
                        packRightRows(b + first * stride + column, stride: stride, columns: min(TileShape.columns, columns - column), depth: count,
                                      to: elements + (panel * pairs + first / 2) * 2 * TileShape.columns)
                    }
                    return
                }
                let column = index * TileShape.columns
                withUnsafeTemporaryAllocation(byteCount: 2 * depth + 64, alignment: 64) { scratch in
                    packRightColumns(b + column * stride, stride: stride, columns: min(TileShape.columns, columns - column), depth: depth,
                                     scratch: scratch.baseAddress!.assumingMemoryBound(to: UInt16.self),
                                     to: elements + index * pairs * 2 * TileShape.columns)
                }
            }
            return
        }
        #endif
        roundToBFloat16(b, rows: order == .normal ? depth : columns, columns: order == .normal ? columns : depth, stride: stride,
                        to: target.assumingMemoryBound(to: Float.self))
    }
}

/// A dense copy with every value rounded to the nearest bfloat16, ties to even.
func roundToBFloat16(_ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int, to copy: UnsafeMutablePointer<Float>) {
    ThreadPool.shared.runRanges(count: rows, grain: 16) { range in
        for row in range {
            for column in 0..<columns {
                let value = source[row * stride + column], bits = value.bitPattern
                copy[row * columns + column] = value.isNaN ? value : Float(bitPattern: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) & 0xffff_0000)
            }
        }
    }
}
