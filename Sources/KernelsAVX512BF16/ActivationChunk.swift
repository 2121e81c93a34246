#if arch(x86_64)
import CSIMD

/// A block of rows by some of the columns between the two products of a feed-forward block, in panels of ``TileShape/rows`` rows.
public struct ActivationChunk {
    /// `[panels * TileShape.rows, TileShape.depth]`, what a product left: zero past `columns`, up to whole tiles.
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
        case .gelu: activate(RoundedGelu.self, bias, left)
        case .geluNew: activate(ApproximateGelu.self, bias, left)
        case .relu: activate(Rectifier.self, bias, left)
        }
    }

    @inline(__always)
    private func activate<Function: VectorActivation>(
        _ function: Function.Type, _ bias: UnsafePointer<Float>, _ left: UnsafeMutablePointer<UInt16>
    ) {
        for column in stride(from: 0, to: columns, by: 32) {
            let lowBias = loadLanes(bias + column, count: columns - column)
            let highBias = loadLanes(bias + column + 16, count: max(0, columns - column - 16))
            for panel in 0..<panels {
                let first = panel * TileShape.rows, target = left + panel * TileShape.leftPanel + column
                for line in 0..<TileShape.rows {
                    let x = values + (first + line) * TileShape.depth + column
                    let low = FloatVector(loading: x) + lowBias, high = FloatVector(loading: x + 16) + highBias
                    if let kept { Self.write(csimd_round_bf16(low, high), kept + (first + line) * keptStride + column) }
                    Self.write(csimd_round_bf16(Function.value(low), Function.value(high)), target + line * TileShape.leftStride)
                }
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
    ///   - rows: of the block that exist; of the others `values` are zero and what was kept is finite.
    ///   - left: the gradient as left panels in ``LeftLayout/rows``.
    ///   - activated: the activation's result, computed again, as right panels; nil if not wanted.
    ///   - gradients: the gradient as right panels; nil if not wanted.
    ///   - sums: `[columns]`, overwritten by the sums of the gradient over the rows; nil if not wanted.
    public func differentiate(
        _ activation: HiddenActivation, rows: Int, left: UnsafeMutablePointer<UInt16>, activated: RightPanels?, gradients: RightPanels?,
        sums: UnsafeMutablePointer<Float>?
    ) {
        switch activation {
        case .gelu: differentiate(RoundedGelu.self, rows, left, activated, gradients, sums)
        case .geluNew: differentiate(ApproximateGelu.self, rows, left, activated, gradients, sums)
        case .relu: differentiate(Rectifier.self, rows, left, activated, gradients, sums)
        }
    }

    @inline(__always)
    private func differentiate<Function: DifferentiableActivation>(
        _ function: Function.Type, _ rows: Int, _ left: UnsafeMutablePointer<UInt16>, _ activated: RightPanels?, _ gradients: RightPanels?,
        _ sums: UnsafeMutablePointer<Float>?
    ) {
        guard let kept else { return }
        for column in stride(from: 0, to: columns, by: 16) {
            // The place in a pair of lines of right panels.
            let place = column / 32 * (activated?.stride ?? 0) + column % 32 * 2
            let gradientPlace = column / 32 * (gradients?.stride ?? 0) + column % 32 * 2
            var total = FloatVector.zero
            for panel in 0..<panels {
                let first = panel * TileShape.rows, target = left + panel * TileShape.leftPanel + column
                // Panels have an even number of rows, so a pair is of one panel.
                for line in stride(from: 0, to: TileShape.rows, by: 2) {
                    let row = first + line
                    let even = step(function, row, column, kept), odd = step(function, row + 1, column, kept)
                    total += even.slope
                    total += odd.slope
                    let rounded = csimd_round_bf16(even.slope, odd.slope)
                    UnsafeMutableRawPointer(target + line * TileShape.leftStride).storeBytes(of: rounded.lowHalf, as: SIMD4<Int64>.self)
                    UnsafeMutableRawPointer(target + (line + 1) * TileShape.leftStride).storeBytes(of: rounded.highHalf, as: SIMD4<Int64>.self)
                    if row >= rows { continue }
                    if let activated { Self.write(csimd_pair_bf16(even.value, odd.value), activated.elements + place + row * TileShape.columns) }
                    if let gradients {
                        Self.write(csimd_pair_bf16(even.slope, odd.slope), gradients.elements + gradientPlace + row * TileShape.columns)
                    }
                }
            }
            if let sums { storeLanes(total, sums + column, count: columns - column) }
        }
    }

    @inline(__always)
    private func step<Function: DifferentiableActivation>(
        _ function: Function.Type, _ row: Int, _ column: Int, _ kept: UnsafeMutablePointer<UInt16>
    ) -> (value: FloatVector, slope: FloatVector) {
        let bits = UnsafeRawPointer(kept + row * keptStride + column).loadUnaligned(as: SIMD4<Int64>.self)
        let (value, derivative) = Function.valueAndDerivative(csimd_widen_bf16(bits))
        return (value, FloatVector(loading: values + row * TileShape.depth + column) * derivative)
    }

    @inline(__always)
    private static func write(_ lanes: SIMD8<Int64>, _ target: UnsafeMutablePointer<UInt16>) {
        UnsafeMutableRawPointer(target).storeBytes(of: lanes, as: SIMD8<Int64>.self)
    }
}
#endif
