import ComputeRuntime

/// The right operand `[depth, columns]` of products, laid out for register tiles. It is made once and serves many products.
public final class TilePanels {
    public let format: TileFormat
    public let columns: Int
    public let depth: Int
    /// Right panels of ``TileFormat``, one after the other.
    var elements: UnsafeMutableRawPointer { block.pointer }
    private let block: MemoryPool.Block

    /// - Parameters:
    ///   - b: `[depth, columns]`, or `[columns, depth]` for ``MatrixOrder/transposed``.
    ///   - rowStride: elements between stored rows; as many as a row has if nil.
    public init(_ format: TileFormat, _ b: UnsafePointer<Float>, _ order: MatrixOrder = .normal, columns: Int, depth: Int, rowStride: Int? = nil) {
        self.format = format
        self.columns = columns
        self.depth = depth
        block = MemoryPool.shared.take(Self.byteCount(format, columns: columns, depth: depth))
        Self.fill(elements, format, .float32(b), order, columns: columns, depth: depth, stride: rowStride ?? (order == .normal ? columns : depth))
    }

    deinit { MemoryPool.shared.give(block) }

    /// Bytes of the laid out operand.
    public static func byteCount(_ format: TileFormat, columns: Int, depth: Int) -> Int {
        max(64, (columns + TileFormat.columns - 1) / TileFormat.columns * format.rightPanelSize(depth))
    }

    /// Lays out (and rounds), on all threads.
    static func fill(
        _ target: UnsafeMutableRawPointer, _ format: TileFormat, _ b: MatrixElements, _ order: MatrixOrder, columns: Int, depth: Int, stride: Int
    ) {
        if columns == 0 || depth == 0 { return }
        #if arch(x86_64)
        let panels = (columns + TileFormat.columns - 1) / TileFormat.columns, size = format.rightPanelSize(depth)
        // Pieces of the inner dimension, so that a piece of the source stays in cache for all panels.
        let pieceDepth = 256, pieces = (depth + pieceDepth - 1) / pieceDepth
        ThreadPool.shared.run(count: order == .normal ? pieces : panels) { index in
            if order == .normal {
                let first = index * pieceDepth
                for panel in 0..<panels {
                    let column = panel * TileFormat.columns
                    format.packRight(b + (first * stride + column), order, stride: stride, columns: columns - column,
                                     depth: min(pieceDepth, depth - first), to: target + panel * size + format.rightPanelSize(first))
                }
            } else {
                let column = index * TileFormat.columns
                format.packRight(b + column * stride, order, stride: stride, columns: columns - column, depth: depth, to: target + index * size)
            }
        }
        #endif
    }
}
