#if arch(x86_64)
import CSIMD

/// A block of rows by some of the columns between the two products of a feed-forward block, in panels of ``TileShape/rows`` rows.
public struct ActivationChunk {
    /// `[panels * TileShape.rows, TileShape.depth]`, what a product left; elements past `columns` are ignored.
    public let values: UnsafeMutablePointer<Float>
    public let panels: Int
    /// At most ``TileShape/depth``.
    public let columns: Int
    /// `[rows, keptStride]` from the block's first row and the chunk's first column on: the values before the activation in bfloat16.
    /// Rows of whole panels and columns of whole tiles are written and read.
    public let kept: UnsafeMutablePointer<UInt16>?
    public let keptStride: Int

    public init(values: UnsafeMutablePointer<Float>, panels: Int, columns: Int, kept: UnsafeMutablePointer<UInt16>?, keptStride: Int) {
        self.values = values
        self.panels = panels
        self.columns = columns
        self.kept = kept
        self.keptStride = keptStride
    }

    /// `activation(values + bias)` as left panels in ``LeftLayout/rows``; `values + bias` is kept.
    /// - Parameter bias: `[columns]`
    public func activate(_ activation: HiddenActivation, bias: UnsafePointer<Float>, to left: UnsafeMutablePointer<UInt16>) {
        // The choice is made once, outside the loops.
        switch activation {
        case .gelu: activate(bias, left) { roundedGelu($0).value }
        case .geluNew: activate(bias, left) { HiddenActivation.geluNew.value($0) }
        case .relu: activate(bias, left) { HiddenActivation.relu.value($0) }
        }
    }

    @inline(__always)
    private func activate(
        _ bias: UnsafePointer<Float>, _ left: UnsafeMutablePointer<UInt16>, _ function: (FloatVector) -> FloatVector
    ) {
        for column in stride(from: 0, to: columns, by: 32) {
            let low = min(16, columns - column), high = max(0, min(16, columns - column - 16))
            let lowBias = loadLanes(bias + column, count: low), highBias = loadLanes(bias + column + low, count: high)
            for row in 0 ..< panels * TileShape.rows {
                let x = values + row * TileShape.depth + column
                let first = Self.lanes(x, low) + lowBias, second = Self.lanes(x + 16, high) + highBias
                if let kept { Self.write(csimd_round_bf16(first, second), kept + row * keptStride + column) }
                let panel = row / TileShape.rows, line = row % TileShape.rows
                Self.write(csimd_round_bf16(function(first), function(second)),
                           left + panel * TileShape.leftPanel + line * TileShape.leftStride + column)
            }
        }
    }

    /// Where ``differentiate(_:rows:left:activated:gradients:sums:)`` writes for the products that give the gradients of weights:
    /// a right panel of ``TileShape/columns`` for each group of columns, from the block's first row on.
    public struct RightPanels {
        public let elements: UnsafeMutablePointer<UInt16>
        /// Elements from one panel to the next.
        public let stride: Int

        public init(elements: UnsafeMutablePointer<UInt16>, stride: Int) {
            self.elements = elements
            self.stride = stride
        }
    }

    /// Turns `values`, the gradient of the activation's result, into that of its argument, which was kept.
    /// - Parameters:
    ///   - rows: of the block that exist; the others count as zero.
    ///   - left: the gradient as left panels in ``LeftLayout/rows``.
    ///   - activated: the activation's result, computed again, as right panels; nil if not wanted.
    ///   - gradients: the gradient as right panels; nil if not wanted.
    ///   - sums: `[columns]`, overwritten by the sums of the gradient over the rows; nil if not wanted.
    public func differentiate(
        _ activation: HiddenActivation, rows: Int, left: UnsafeMutablePointer<UInt16>, activated: RightPanels?, gradients: RightPanels?,
        sums: UnsafeMutablePointer<Float>?
    ) {
        switch activation {
        case .gelu: differentiate(rows, left, activated, gradients, sums) { roundedGelu($0) }
        case .geluNew: differentiate(rows, left, activated, gradients, sums) { HiddenActivation.geluNew.valueAndDerivative($0) }
        case .relu: differentiate(rows, left, activated, gradients, sums) { HiddenActivation.relu.valueAndDerivative($0) }
        }
    }

    @inline(__always)
    private func differentiate(
        _ rows: Int, _ left: UnsafeMutablePointer<UInt16>, _ activated: RightPanels?, _ gradients: RightPanels?,
        _ sums: UnsafeMutablePointer<Float>?, _ function: (FloatVector) -> (value: FloatVector, derivative: FloatVector)
    ) {
        guard let kept else { return }
        let zero = FloatVector(repeating: 0)
        for column in stride(from: 0, to: columns, by: 16) {
            let count = min(16, columns - column)
            // The place in a pair of lines of right panels.
            let place = column / 32 * (activated?.stride ?? 0) + column % 32 * 2
            let gradientPlace = column / 32 * (gradients?.stride ?? 0) + column % 32 * 2
            var total = zero
            for row in stride(from: 0, to: panels * TileShape.rows, by: 2) {
                var values = (zero, zero), slopes = (zero, zero)
                if row < rows { (values.0, slopes.0) = step(row, column, count, function) }
                if row + 1 < rows { (values.1, slopes.1) = step(row + 1, column, count, function) }
                total += slopes.0
                total += slopes.1
                // Panels have an even number of rows, so a pair is of one panel.
                let line = left + row / TileShape.rows * TileShape.leftPanel + row % TileShape.rows * TileShape.leftStride + column
                let rounded = unsafeBitCast(csimd_round_bf16(slopes.0, slopes.1), to: SIMD32<UInt16>.self)
                UnsafeMutableRawPointer(line).storeBytes(of: rounded.lowHalf, as: SIMD16<UInt16>.self)
                UnsafeMutableRawPointer(line + TileShape.leftStride).storeBytes(of: rounded.highHalf, as: SIMD16<UInt16>.self)
                if row >= rows { continue }
                if let activated { Self.write(csimd_pair_bf16(values.0, values.1), activated.elements + place + row * TileShape.columns) }
                if let gradients { Self.write(csimd_pair_bf16(slopes.0, slopes.1), gradients.elements + gradientPlace + row * TileShape.columns) }
            }
            if let sums { storeLanes(total, sums + column, count: count) }
        }
    }

    @inline(__always)
    private func step(
        _ row: Int, _ column: Int, _ count: Int, _ function: (FloatVector) -> (value: FloatVector, derivative: FloatVector)
    ) -> (FloatVector, FloatVector) {
        let bits = UnsafeRawPointer(kept! + row * keptStride + column).loadUnaligned(as: SIMD4<Int64>.self)
        let (value, derivative) = function(csimd_widen_bf16(bits))
        return (value, Self.lanes(values + row * TileShape.depth + column, count) * derivative)
    }

    /// Sixteen lanes, zero from `count` on, though memory goes on.
    @inline(__always)
    private static func lanes(_ source: UnsafePointer<Float>, _ count: Int) -> FloatVector {
        count >= 16 ? FloatVector(loading: source) : FloatVector(loading: source, count: count)
    }

    @inline(__always)
    private static func write(_ lanes: SIMD8<Int64>, _ target: UnsafeMutablePointer<UInt16>) {
        UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: SIMD8<Int64>.self)
    }
}
#endif
