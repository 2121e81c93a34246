import Kernels
import Tensors

/// The weights of one or several linear layers that lie one below the other, `[outputs, inputs]`, as an operand of products.
///
/// For products in register tiles they are laid out for each direction.
final class WeightStack {
    let weights: [Tensor]
    let outputs: Int
    let inputs: Int
    private var forward = LaidOutWeights(), backward = LaidOutWeights()

    /// - Parameter weights: each `[outputs, inputs]`, following one another in memory.
    init(_ weights: [Tensor]) {
        precondition(ParameterGradient.commonStart(weights) != nil, "weights of a stack must follow one another in memory")
        self.weights = weights
        outputs = weights.reduce(0) { $0 + $1.shape[0] }
        inputs = weights[0].shape[1]
    }

    /// `target = x * weights^T + beta * target`
    /// - Parameters:
    ///   - x: `[rows, inputs]`, bits of bfloat16 only where `precision` rounds to them.
    ///   - target: `[rows, outputs]`
    ///   - beta: 0 or 1.
    ///   - prologue: called for each block of rows of `x` before it is read, where they are bits of bfloat16.
    ///   - epilogue: see ``matrixProduct``.
    func project(
        _ x: MatrixElements, rows: Int, into target: UnsafeMutablePointer<Float>, beta: Float = 0, _ precision: ComputePrecision,
        prologue: ((Range<Int>) -> Void)? = nil, epilogue: ((Range<Int>) -> Void)? = nil
    ) {
        if let format = precision.weightFormat {
            tileProduct(x, .normal, forwardPanels(format), into: target, m: rows, beta: beta, prologue: prologue, epilogue: epilogue)
        } else {
            guard case .float32(let x) = x else { preconditionFailure("only register tiles read bfloat16") }
            matrixProduct(x, .normal, weights[0].floats, .transposed, into: target, m: rows, n: outputs, k: inputs, beta: beta, epilogue: epilogue)
        }
    }

    /// `x * weights^T`, of which nothing is kept, in register tiles; see ``tileProduct(_:_:m:prologue:_:)``.
    func project(
        _ x: MatrixElements, rows: Int, _ format: TileFormat, prologue: ((Range<Int>) -> Void)?,
        _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
    ) {
        tileProduct(x, forwardPanels(format), m: rows, prologue: prologue, body)
    }

    /// `target = gradient * weights + beta * target`: from the gradient of ``project(_:rows:into:beta:_:prologue:epilogue:)``'s result to that
    /// of its input.
    /// - Parameters:
    ///   - gradient: `[rows, outputs]`, bits of bfloat16 only where `precision` rounds to them.
    ///   - target: `[rows, inputs]`
    ///   - beta: 0 or 1.
    func projectBack(
        _ gradient: MatrixElements, rows: Int, into target: UnsafeMutablePointer<Float>, beta: Float = 0, _ precision: ComputePrecision
    ) {
        if let format = precision.tileFormat {
            tileProduct(gradient, .normal, backwardPanels(format), into: target, m: rows, beta: beta)
        } else {
            guard case .float32(let gradient) = gradient else { preconditionFailure("only register tiles read bfloat16") }
            matrixProduct(gradient, .normal, weights[0].floats, .normal, into: target, m: rows, n: inputs, k: outputs, beta: beta)
        }
    }

    /// Laid out for ``project(_:rows:into:beta:_:prologue:epilogue:)``.
    func forwardPanels(_ format: TileFormat) -> TilePanels {
        forward.panels(format, versions: versions, isTraining: GradientTape.isRecording) {
            TilePanels(format, weights[0].floats, .transposed, columns: outputs, depth: inputs)
        }
    }

    /// Laid out for ``projectBack(_:rows:into:beta:_:)``.
    func backwardPanels(_ format: TileFormat) -> TilePanels {
        backward.panels(format, versions: versions, isTraining: true) {
            TilePanels(format, weights[0].floats, .normal, columns: inputs, depth: outputs)
        }
    }

    private var versions: [Int] { weights.map(\.storage.version) }
}
