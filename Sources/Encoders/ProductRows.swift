import Kernels
import Tensors

/// Rows that products read, in the precision in which they multiply: as they are, or rounded to bfloat16, which halves what waits for
/// the backward pass.
enum ProductRows {
    /// `[rows, width]`
    case float32(Tensor)
    /// `[rows, width]`, bits of bfloat16.
    case bfloat16(Storage, width: Int)

    /// Room for rows of what `precision` reads.
    init(rows: Int, width: Int, _ precision: ComputePrecision) {
        self = precision.roundsRows ? .bfloat16(Storage(byteCount: max(1, rows * width) * MemoryLayout<UInt16>.stride), width: width)
            : .float32(Tensor(uninitialized: [rows, width]))
    }

    /// The projection of `x` with its bias.
    /// - Parameters:
    ///   - finish: adds to the finished projection, `[rows, outputs]`; nil for nothing.
    ///   - prologue: see ``WeightStack/project(_:rows:into:beta:_:prologue:epilogue:)``.
    init(
        _ x: ProductRows, rows: Int, by stack: WeightStack, bias: Tensor, _ precision: ComputePrecision, prologue: ((Range<Int>) -> Void)? = nil,
        finish: ((UnsafeMutablePointer<Float>) -> Void)?
    ) {
        let width = stack.outputs
        #if arch(x86_64)
        if precision.roundsRows {
            self.init(rows: rows, width: width, precision)
            let bits = self.bits!
            guard let finish else {
                stack.project(x.elements, rows: rows, precision.weightFormat!, prologue: prologue) {
                    roundToBFloat16($1, adding: bias.floats, rows: $0.count, width: width, into: bits + $0.lowerBound * width)
                }
                return
            }
            let projected = Self.projection(x, rows: rows, by: stack, bias: bias, precision, prologue: prologue)
            finish(projected.floats)
            roundToBFloat16(projected.floats, count: projected.count, into: bits)
            return
        }
        #endif
        let projected = Self.projection(x, rows: rows, by: stack, bias: bias, precision, prologue: prologue)
        finish?(projected.floats)
        self = .float32(projected)
    }

    /// The projection of `x` with its bias in float32, `[rows, outputs]`.
    private static func projection(
        _ x: ProductRows, rows: Int, by stack: WeightStack, bias: Tensor, _ precision: ComputePrecision, prologue: ((Range<Int>) -> Void)?
    ) -> Tensor {
        let width = stack.outputs, projected = Tensor(uninitialized: [rows, width])
        stack.project(x.elements, rows: rows, into: projected.floats, precision, prologue: prologue) {
            addBias(bias.floats, to: projected.floats, rows: $0, width: width)
        }
        return projected
    }

    /// Rounds rows of `x` to these, as the prologue of a product that reads them; nil where they are float32.
    func rounding(of x: Tensor) -> ((Range<Int>) -> Void)? {
        #if arch(x86_64)
        guard case .bfloat16(_, let width) = self else { return nil }
        let bits = bits!
        return { roundToBFloat16(x.floats, rows: $0, width: width, into: bits) }
        #else
        return nil
        #endif
    }

    var elements: MatrixElements {
        switch self {
        case .float32(let tensor): return .float32(tensor.floats)
        case .bfloat16(let storage, _): return .bfloat16(storage.bits)
        }
    }

    /// Where rounded rows lie; nil for others.
    var bits: UnsafeMutablePointer<UInt16>? {
        guard case .bfloat16(let storage, _) = self else { return nil }
        return storage.bits
    }

    /// Where rows in float32 lie; nil for others.
    var floats: UnsafeMutablePointer<Float>? {
        guard case .float32(let tensor) = self else { return nil }
        return tensor.floats
    }

    /// The rows in float32, `[rows, width]`.
    func widened(rows: Int) -> Tensor {
        switch self {
        case .float32(let tensor): return tensor
        case .bfloat16(_, let width):
            let result = Tensor(uninitialized: [rows, width])
            widenBFloat16(bits!, count: result.count, into: result.floats)
            return result
        }
    }
}

extension Storage {
    /// As bits of bfloat16.
    var bits: UnsafeMutablePointer<UInt16> { pointer.assumingMemoryBound(to: UInt16.self) }
}
