import Kernels
import Tensors

/// The weights of one or several linear layers that lie one below the other, `[outputs, inputs]`, as an operand of products.
///
/// For products in bfloat16 they are rounded and laid out once for each direction, and again only after a change.
final class WeightStack {
    let weights: [Tensor]
    let outputs: Int
    let inputs: Int
    private var forward: LaidOut?
    private var backward: LaidOut?

    private struct LaidOut {
        let versions: [Int]
        let panels: BFloat16Panels
    }

    /// - Parameter weights: each `[outputs, inputs]`, following one another in memory.
    init(_ weights: [Tensor]) {
        precondition(ParameterGradient.commonStart(weights) != nil, "weights of a stack must follow one another in memory")
        self.weights = weights
        outputs = weights.reduce(0) { $0 + $1.shape[0] }
        inputs = weights[0].shape[1]
    }

    /// `target = x * weights^T + beta * target`
    /// - Parameters:
    ///   - x: `[rows, inputs]`
    ///   - target: `[rows, outputs]`
    ///   - beta: 0 or 1.
    ///   - epilogue: see ``matrixProduct``.
    func project(
        _ x: UnsafePointer<Float>, rows: Int, into target: UnsafeMutablePointer<Float>, beta: Float = 0, _ precision: ComputePrecision,
        epilogue: ((Range<Int>) -> Void)? = nil
    ) {
        switch precision {
        case .float32:
            matrixProduct(x, .normal, weights[0].floats, .transposed, into: target, m: rows, n: outputs, k: inputs, beta: beta, epilogue: epilogue)
        case .bfloat16:
            bfloat16Product(x, .normal, forwardPanels, into: target, m: rows, beta: beta, epilogue: epilogue)
        }
    }

    /// `target = gradient * weights + beta * target`: from the gradient of ``project(_:rows:into:beta:_:epilogue:)``'s result to that
    /// of its input.
    /// - Parameters:
    ///   - gradient: `[rows, outputs]`
    ///   - target: `[rows, inputs]`
    ///   - beta: 0 or 1.
    func projectBack(
        _ gradient: UnsafePointer<Float>, rows: Int, into target: UnsafeMutablePointer<Float>, beta: Float = 0, _ precision: ComputePrecision
    ) {
        switch precision {
        case .float32:
            matrixProduct(gradient, .normal, weights[0].floats, .normal, into: target, m: rows, n: inputs, k: outputs, beta: beta)
        case .bfloat16:
            bfloat16Product(gradient, .normal, backwardPanels, into: target, m: rows, beta: beta)
        }
    }

    /// Laid out for ``project(_:rows:into:beta:_:epilogue:)`` in bfloat16.
    var forwardPanels: BFloat16Panels { panels(&forward, .transposed) }

    /// Laid out for ``projectBack(_:rows:into:beta:_:)`` in bfloat16.
    var backwardPanels: BFloat16Panels { panels(&backward, .normal) }

    /// Those of `laidOut`, if nothing has changed since they were made.
    private func panels(_ laidOut: inout LaidOut?, _ order: MatrixOrder) -> BFloat16Panels {
        let versions = weights.map(\.storage.version)
        if let laidOut, laidOut.versions == versions, laidOut.panels.instructionSet == .current { return laidOut.panels }
        // The old ones go first, so that the new ones take their memory.
        laidOut = nil
        let panels = order == .transposed
            ? BFloat16Panels(weights[0].floats, .transposed, columns: outputs, depth: inputs)
            : BFloat16Panels(weights[0].floats, .normal, columns: inputs, depth: outputs)
        laidOut = LaidOut(versions: versions, panels: panels)
        return panels
    }
}
