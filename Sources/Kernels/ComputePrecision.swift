import ComputeRuntime

/// In what precision the projections of an encoder multiply. Sums are float32 in either; so are weights, norms, softmax and losses.
public enum ComputePrecision: String, CaseIterable, Sendable {
    case float32
    /// Both operands of a product are rounded to bfloat16 (to nearest, ties to even), where that makes it faster: with
    /// ``InstructionSet/avx512bf16``. Elsewhere products stay in float32.
    case bfloat16
    /// For encoding alone: weights, and the rows that they multiply, are bytes with a scale for each column or row and stretch of 384
    /// inner elements. With ``InstructionSet/avx512bf16`` so are queries, keys and values, and the weights between them; other products are
    /// those of ``bfloat16``, and so is everything in a pass that a backward pass follows. With ``InstructionSet/avx2`` the rest is
    /// ``float32``; the other sets have no products of bytes, or none that pays.
    case int8

    @TaskLocal private static var scoped: ComputePrecision = .float32

    /// The precision of the innermost ``with(_:_:)`` around this call as far as the instruction set in force serves it; float32 outside.
    public static var current: ComputePrecision { scoped.served(by: .current) }

    /// That of a pass which a backward pass follows, or not: there is none from bytes.
    public static func current(isRecorded: Bool) -> ComputePrecision {
        isRecorded && scoped == .int8 ? Self.bfloat16.served(by: .current) : current
    }

    /// What is computed in where this precision is asked for: itself, or ``float32`` where a set of instructions does not serve it.
    public func served(by set: InstructionSet) -> ComputePrecision {
        switch set {
        case .avx512bf16: return self
        case .avx2: return self == .int8 ? .int8 : .float32
        case .avx512, .portable: return .float32
        }
    }

    /// Whether what lies between products is rounded to bits of bfloat16.
    public var roundsRows: Bool { tileFormat == .bfloat16 }

    /// Runs `body`, and the products that it calls for, in `precision`. A backward pass keeps the precision of its forward pass.
    public static func with<Result>(_ precision: ComputePrecision, _ body: () throws -> Result) rethrows -> Result {
        try $scoped.withValue(precision, operation: body)
    }

    /// The gradient of weights, `target = outputGradient^T input + beta target`; `beta` is 0 or 1.
    /// - Parameters:
    ///   - outputGradient: `[rows, outputs]`, rows `rowStride` apart, bits of bfloat16 only in that precision.
    ///   - input: `[rows, inputs]`, likewise.
    ///   - target: `[outputs, inputs]`
    public func weightGradient(
        _ outputGradient: MatrixElements, rowStride: Int, input: MatrixElements, into target: UnsafeMutablePointer<Float>, rows: Int,
        outputs: Int, inputs: Int, beta: Float
    ) {
        if case .float32(let outputGradient) = outputGradient, case .float32(let input) = input {
            product(outputGradient, .transposed, input, into: target, m: outputs, n: inputs, k: rows, beta: beta, rowStrideA: rowStride)
        } else {
            packingProduct(.bfloat16, outputGradient, .transposed, input, .normal, into: target, m: outputs, n: inputs, k: rows, beta: beta,
                           rowStrideA: rowStride, rowStrideB: nil, rowStrideC: nil)
        }
    }

    /// `c = op(a) op(b) + beta c` in this precision; see ``matrixProduct``. `beta` is 0 or 1.
    public func product(
        _ a: UnsafePointer<Float>, _ orderA: MatrixOrder = .normal, _ b: UnsafePointer<Float>, _ orderB: MatrixOrder = .normal,
        into c: UnsafeMutablePointer<Float>, m: Int, n: Int, k: Int, beta: Float = 0,
        rowStrideA: Int? = nil, rowStrideB: Int? = nil, rowStrideC: Int? = nil
    ) {
        if let tileFormat {
            packingProduct(tileFormat, .float32(a), orderA, .float32(b), orderB, into: c, m: m, n: n, k: k, beta: beta, rowStrideA: rowStrideA,
                           rowStrideB: rowStrideB, rowStrideC: rowStrideC)
        } else {
            matrixProduct(a, orderA, b, orderB, into: c, m: m, n: n, k: k, beta: beta, rowStrideA: rowStrideA, rowStrideB: rowStrideB,
                          rowStrideC: rowStrideC)
        }
    }
}
