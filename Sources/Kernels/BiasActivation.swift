/// `values += bias` on some rows, then `output = activation(values)`.
/// - Parameters:
///   - values: `[rows, width]`, the product without bias; the sum with it is left for the backward pass.
///   - output: `[rows, width]`, overwritten; may be `values` where no backward pass follows.
public func addBiasAndActivate(
    rows: Range<Int>, width: Int, _ activation: HiddenActivation, values: UnsafeMutablePointer<Float>,
    bias: UnsafePointer<Float>, output: UnsafeMutablePointer<Float>
) {
    func run(_ function: HiddenActivation) {
        for row in rows {
            let x = values + row * width, y = output + row * width
            var index = 0
            while index < width {
                let count = min(16, width - index)
                let sum = loadLanes(x + index, count: count) + loadLanes(bias + index, count: count)
                storeLanes(sum, x + index, count: count)
                storeLanes(function.value(sum), y + index, count: count)
                index += 16
            }
        }
    }
    // The choice is made once, outside the loops.
    switch activation {
    case .gelu: run(.gelu)
    case .geluNew: run(.geluNew)
    case .relu: run(.relu)
    }
}

/// Backward of ``addBiasAndActivate(rows:width:_:values:bias:output:)``.
/// - Parameters:
///   - values: `[rows, width]`, as the forward pass left them; overwritten by `activation(values)`, computed again.
///   - gradient: `[rows, width]`, of the output; overwritten by that of the values.
///   - biasGradient: `[width]`, added to; nil if frozen.
public func activateBackward(
    rowCount: Int, width: Int, _ activation: HiddenActivation, values: UnsafeMutablePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?
) {
    runRowsWithSums(rows: rowCount, grain: 16, width: width, into: biasGradient) { rows, sums in
        func run(_ function: HiddenActivation) {
            for row in rows {
                let x = values + row * width, slope = gradient + row * width
                var index = 0
                while index < width {
                    let count = min(16, width - index)
                    let (value, derivative) = function.valueAndDerivative(loadLanes(x + index, count: count))
                    let product = loadLanes(slope + index, count: count) * derivative
                    storeLanes(value, x + index, count: count)
                    storeLanes(product, slope + index, count: count)
                    storeLanes(loadLanes(sums + index, count: count) + product, sums + index, count: count)
                    index += 16
                }
            }
        }
        switch activation {
        case .gelu: run(.gelu)
        case .geluNew: run(.geluNew)
        case .relu: run(.relu)
        }
    }
}
