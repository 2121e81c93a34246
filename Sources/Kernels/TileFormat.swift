import ComputeRuntime

#if arch(x86_64)
import KernelsAVX2
import KernelsAVX512
import KernelsAVX512BF16
#endif

/// How the operands of a product are laid out for tiles of 14 rows by 32 columns, which registers hold whole with AVX-512 and in parts with
/// AVX2.
///
/// A left panel holds 14 rows for a stretch of ``depth`` inner elements, a right panel 32 columns for all of them.
public enum TileFormat: Sendable {
    /// Right panels `[inner][32]`.
    case float32
    /// Rounded to nearest, ties to even. Right panels `[pairs of inner elements][32][2]`.
    case bfloat16
    /// Bytes with scales, for weights on the right in passes without a way back; see the processor's `Int8Shape`.
    case int8
    /// ``float32`` for AVX2.
    case float32AVX2
    /// ``int8`` for AVX2.
    case int8AVX2

    static let rows = 14
    static let columns = 32

    /// Bytes of an element.
    var elementSize: Int {
        switch self {
        case .float32, .float32AVX2: return 4
        case .bfloat16: return 2
        case .int8, .int8AVX2: return 1
        }
    }

    /// Bytes of a right panel of `inner` elements of the inner dimension, and of the part before that element (an even one).
    func rightPanelSize(_ inner: Int) -> Int {
        #if arch(x86_64)
        if self == .int8 { return KernelsAVX512BF16.Int8Shape.rightPanel(inner) }
        if self == .int8AVX2 { return KernelsAVX2.Int8Shape.rightPanel(inner) }
        #endif
        return (self == .bfloat16 ? (inner + 1) / 2 * 2 : inner) * Self.columns * elementSize
    }
}

extension ComputePrecision {
    /// The layout for products in this precision with the instruction set in force; nil if that has no tiles.
    public var tileFormat: TileFormat? {
        switch InstructionSet.current {
        case .portable: return nil
        case .avx2: return .float32AVX2
        case .avx512: return .float32
        case .avx512bf16: return self == .float32 ? .float32 : .bfloat16
        }
    }

    /// The layout of weights that multiply from the right.
    public var weightFormat: TileFormat? {
        guard self == .int8 else { return tileFormat }
        switch InstructionSet.current {
        case .avx512bf16: return .int8
        case .avx2: return .int8AVX2
        case .avx512, .portable: return tileFormat
        }
    }
}

#if arch(x86_64)
extension TileFormat {
    /// Inner elements of a stretch, an even number.
    var depth: Int {
        switch self {
        case .float32: return KernelsAVX512.TileShape.depth
        case .bfloat16: return KernelsAVX512BF16.TileShape.depth
        case .int8: return KernelsAVX512BF16.Int8Shape.depth
        case .float32AVX2: return KernelsAVX2.TileShape.depth
        case .int8AVX2: return KernelsAVX2.Int8Shape.depth
        }
    }

    /// Bytes of a left panel.
    var leftPanelSize: Int {
        switch self {
        case .float32: return KernelsAVX512.TileShape.leftPanel * 4
        case .bfloat16: return KernelsAVX512BF16.TileShape.leftPanel * 2
        case .int8: return KernelsAVX512BF16.Int8Shape.leftPanel
        case .float32AVX2: return KernelsAVX2.TileShape.leftPanel * 4
        case .int8AVX2: return KernelsAVX2.Int8Shape.leftPanel
        }
    }

    /// Left panels of 14 rows, the last of up to 14, and ``depth`` inner elements, ``leftPanelSize`` bytes apart.
    /// - Parameters:
    ///   - source: the first panel's first element; `stride` elements lie between stored rows.
    ///   - order: whether stored rows are rows of the operand, or its inner elements.
    ///   - readable: rows of the operand from the first panel's first on.
    func packLeft(_ source: MatrixElements, _ order: MatrixOrder, stride: Int, readable: Int, depth: Int, panels: Int,
                  to target: UnsafeMutableRawPointer) {
        switch order {
        case .normal:
            for panel in 0..<panels {
                let row = panel * Self.rows
                packLeftRows(source + row * stride, stride: stride, rows: min(Self.rows, readable - row), depth: depth,
                             to: target + panel * leftPanelSize)
            }
        case .transposed: packLeftColumns(source, stride: stride, readable: readable, depth: depth, panels: panels, to: target)
        }
    }

    private func packLeftRows(_ source: MatrixElements, stride: Int, rows: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
        let floats = panel.assumingMemoryBound(to: Float.self), bits = panel.assumingMemoryBound(to: UInt16.self)
        switch (self, source) {
        case (.float32, .float32(let source)): KernelsAVX512.packLeftRows(source, stride: stride, rows: rows, depth: depth, to: floats)
        case (.bfloat16, .float32(let source)): KernelsAVX512BF16.packLeftRows(source, stride: stride, rows: rows, depth: depth, to: bits)
        case (.bfloat16, .bfloat16(let source)): KernelsAVX512BF16.packLeftRows(source, stride: stride, rows: rows, depth: depth, to: bits)
        case (.int8, .float32(let source)): KernelsAVX512BF16.packLeftRowsInt8(source, stride: stride, rows: rows, depth: depth, to: panel)
        case (.int8, .bfloat16(let source)): KernelsAVX512BF16.packLeftRowsInt8(source, stride: stride, rows: rows, depth: depth, to: panel)
        case (.float32AVX2, .float32(let source)): KernelsAVX2.packLeftRows(source, stride: stride, rows: rows, depth: depth, to: floats)
        case (.int8AVX2, .float32(let source)): KernelsAVX2.packLeftRowsInt8(source, stride: stride, rows: rows, depth: depth, to: panel)
        case (.float32, .bfloat16), (.float32AVX2, .bfloat16), (.int8AVX2, .bfloat16): Contract.broken("products of float32 read float32")
        }
    }

    private func packLeftColumns(_ source: MatrixElements, stride: Int, readable: Int, depth: Int, panels: Int, to target: UnsafeMutableRawPointer) {
        let floats = target.assumingMemoryBound(to: Float.self), bits = target.assumingMemoryBound(to: UInt16.self)
        switch (self, source) {
        case (.float32, .float32(let source)):
            KernelsAVX512.packLeftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: floats)
        case (.bfloat16, .float32(let source)):
            KernelsAVX512BF16.packLeftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: bits)
        case (.bfloat16, .bfloat16(let source)):
            KernelsAVX512BF16.packLeftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: bits)
        case (.float32AVX2, .float32(let source)):
            KernelsAVX2.packLeftColumns(source, stride: stride, depth: depth, readable: readable, panels: panels, to: floats)
        case (.int8, _), (.int8AVX2, _): Contract.broken("products of bytes have no transposed left side")
        case (.float32, .bfloat16), (.float32AVX2, .bfloat16): Contract.broken("products of float32 read float32")
        }
    }

    /// A part of a right panel of up to 32 columns.
    /// - Parameters:
    ///   - source: the part's first element; `stride` elements lie between stored rows.
    ///   - order: whether stored rows are inner elements of the operand, or its columns.
    func packRight(_ source: MatrixElements, _ order: MatrixOrder, stride: Int, columns: Int, depth: Int, to panel: UnsafeMutableRawPointer) {
        let columns = min(Self.columns, columns)
        let floats = panel.assumingMemoryBound(to: Float.self), bits = panel.assumingMemoryBound(to: UInt16.self)
        switch (self, order, source) {
        case (.float32, .normal, .float32(let source)):
            KernelsAVX512.packRightRows(source, stride: stride, columns: columns, depth: depth, to: floats)
        case (.float32, .transposed, .float32(let source)):
            KernelsAVX512.packRightColumns(source, stride: stride, columns: columns, depth: depth, to: floats)
        case (.bfloat16, .normal, .float32(let source)):
            KernelsAVX512BF16.packRightRows(source, stride: stride, columns: columns, depth: depth, to: bits)
        case (.bfloat16, .normal, .bfloat16(let source)):
            KernelsAVX512BF16.packRightRows(source, stride: stride, columns: columns, depth: depth, to: bits)
        case (.bfloat16, .transposed, .float32(let source)):
            withUnsafeTemporaryAllocation(byteCount: 2 * depth + 64, alignment: 64) { scratch in
                KernelsAVX512BF16.packRightColumns(source, stride: stride, columns: columns, depth: depth,
                                                   scratch: scratch.baseAddress!.assumingMemoryBound(to: UInt16.self), to: bits)
            }
        case (.int8, .transposed, .float32(let source)):
            KernelsAVX512BF16.packRightColumnsInt8(source, stride: stride, columns: columns, depth: depth, to: panel)
        case (.float32AVX2, .normal, .float32(let source)):
            KernelsAVX2.packRightRows(source, stride: stride, columns: columns, depth: depth, to: floats)
        case (.float32AVX2, .transposed, .float32(let source)):
            KernelsAVX2.packRightColumns(source, stride: stride, columns: columns, depth: depth, to: floats)
        case (.int8AVX2, .transposed, .float32(let source)):
            KernelsAVX2.packRightColumnsInt8(source, stride: stride, columns: columns, depth: depth, to: panel)
        case (.int8, .normal, _), (.int8AVX2, .normal, _): Contract.broken("products of bytes take weights as [columns, inner]")
        case (.float32, _, .bfloat16), (.float32AVX2, _, .bfloat16), (_, .transposed, .bfloat16): Contract.broken("no product reads bfloat16 so")
        }
    }

    /// `c (+)= left * right` for one tile, of which `rows` by `columns` exist.
    /// - Parameters:
    ///   - order: as the left panel was packed.
    ///   - scratch: room for a whole tile.
    @inline(__always)
    func multiplyTile(_ left: UnsafeRawPointer, _ order: MatrixOrder, _ right: UnsafeRawPointer, depth: Int, into c: UnsafeMutablePointer<Float>,
                      stride: Int, rows: Int, columns: Int, adds: Bool, scratch: UnsafeMutablePointer<Float>) {
        switch self {
        case .float32:
            KernelsAVX512.multiplyTile(
                left.assumingMemoryBound(to: Float.self), order == .normal ? .rows : .columns, right.assumingMemoryBound(to: Float.self),
                depth: depth, into: c, stride: stride, rows: rows, columns: columns, adds: adds, scratch: scratch)
        case .bfloat16:
            KernelsAVX512BF16.multiplyTile(
                left.assumingMemoryBound(to: UInt16.self), order == .normal ? .rows : .pairs, right.assumingMemoryBound(to: UInt16.self),
                pairs: (depth + 1) / 2, into: c, stride: stride, rows: rows, columns: columns, adds: adds, scratch: scratch)
        case .int8:
            KernelsAVX512BF16.multiplyTileInt8(
                left, right, depth: depth, into: c, stride: stride, rows: rows, columns: columns, adds: adds, scratch: scratch)
        case .float32AVX2:
            KernelsAVX2.multiplyTile(
                left.assumingMemoryBound(to: Float.self), order == .normal ? .rows : .columns, right.assumingMemoryBound(to: Float.self),
                depth: depth, into: c, stride: stride, rows: rows, columns: columns, adds: adds, scratch: scratch)
        case .int8AVX2:
            KernelsAVX2.multiplyTileInt8(
                left, right, depth: depth, into: c, stride: stride, rows: rows, columns: columns, adds: adds, scratch: scratch)
        }
    }
}
#endif
