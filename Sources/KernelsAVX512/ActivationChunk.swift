/// A block of rows by some of the columns between the two products of a feed-forward block, in panels of ``TileShape/rows`` rows.
public struct ActivationChunk {
    /// `[panels * TileShape.rows, TileShape.depth]`, what a product left; elements past `columns` are ignored.
    public let values: UnsafeMutablePointer<Float>
    public let panels: Int
    /// At most ``TileShape/depth``.
    public let columns: Int
    /// `[rows, keptStride]` from the block's first row and the chunk's first column on: the values before the activation.
    /// Rows of whole panels and columns of whole tiles are written and read.
    public let kept: UnsafeMutablePointer<Float>?
    public let keptStride: Int

    public init(values: UnsafeMutablePointer<Float>, panels: Int, columns: Int, kept: UnsafeMutablePointer<Float>?, keptStride: Int) {
        self.values = values
        self.panels = panels
        self.columns = columns
        self.kept = kept
        self.keptStride = keptStride
    }

    /// `activation(values + bias)` as left panels in ``LeftLayout/rows``; `values + bias` is kept.
    /// - Parameter bias: `[columns]`
    public func activate(_ activation: HiddenActivation, bias: UnsafePointer<Float>, to left: UnsafeMutablePointer<Float>) {
        // The choice is made once, outside the loops.
        switch activation {
        case .gelu: activate(bias, left) { HiddenActivation.gelu.value($0) }
        case .geluNew: activate(bias, left) { HiddenActivation.geluNew.value($0) }
        case .relu: activate(bias, left) { HiddenActivation.relu.value($0) }
        }
    }

    @inline(__always)
    private func activate(
        _ bias: UnsafePointer<Float>, _ left: UnsafeMutablePointer<Float>, _ function: (FloatVector) -> FloatVector
    ) {
        for column in stride(from: 0, to: columns, by: 16) {
            let added = loadLanes(bias + column, count: columns - column)
            for row in 0 ..< panels * TileShape.rows {
                let sum = FloatVector(loading: values + row * TileShape.depth + column) + added
                if let kept { sum.store(to: kept + row * keptStride + column) }
                let panel = row / TileShape.rows, line = row % TileShape.rows
                function(sum).store(to: left + panel * TileShape.leftPanel + line * TileShape.leftStride + column)
            }
        }
    }

    /// Where ``differentiate(_:rows:left:activated:gradients:sums:)`` writes for the products that give the gradients of weights:
    /// a right panel of ``TileShape/columns`` for each group of columns, from the block's first row on.
    public struct RightPanels {
        public let elements: UnsafeMutablePointer<Float>
        /// Elements from one panel to the next.
        public let stride: Int

        public init(elements: UnsafeMutablePointer<Float>, stride: Int) {
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
        _ activation: HiddenActivation, rows: Int, left: UnsafeMutablePointer<Float>, activated: RightPanels?, gradients: RightPanels?,
        sums: UnsafeMutablePointer<Float>?
    ) {
        switch activation {
        case .gelu: differentiate(rows, left, activated, gradients, sums) { HiddenActivation.gelu.valueAndDerivative($0) }
        case .geluNew: differentiate(rows, left, activated, gradients, sums) { HiddenActivation.geluNew.valueAndDerivative($0) }
        case .relu: differentiate(rows, left, activated, gradients, sums) { HiddenActivation.relu.valueAndDerivative($0) }
        }
    }

    @inline(__always)
    private func differentiate(
        _ rows: Int, _ left: UnsafeMutablePointer<Float>, _ activated: RightPanels?, _ gradients: RightPanels?,
        _ sums: UnsafeMutablePointer<Float>?, _ function: (FloatVector) -> (value: FloatVector, derivative: FloatVector)
    ) {
        guard let kept else { return }
        for column in stride(from: 0, to: columns, by: 16) {
            let place = column / 32 * (activated?.stride ?? 0) + column % 32
            let gradientPlace = column / 32 * (gradients?.stride ?? 0) + column % 32
            var total = FloatVector.zero
            for row in 0 ..< panels * TileShape.rows {
                var slope = FloatVector.zero
                if row < rows {
                    let (value, derivative) = function(FloatVector(loading: kept + row * keptStride + column))
                    slope = FloatVector(loading: values + row * TileShape.depth + column) * derivative
                    total += slope
                    if let activated { value.store(to: activated.elements + place + row * TileShape.columns) }
                    if let gradients { slope.store(to: gradients.elements + gradientPlace + row * TileShape.columns) }
                }
                slope.store(to: left + row / TileShape.rows * TileShape.leftPanel + row % TileShape.rows * TileShape.leftStride + column)
            }
            if let sums { storeLanes(total, sums + column, count: columns - column) }
        }
    }
}
