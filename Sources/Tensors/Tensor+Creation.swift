import Kernels

extension Tensor {
    /// `values` in row-major order.
    /// - Throws: if their number is not that of `shape`.
    public static func from<Element: TensorElement>(_ values: [Element], shape: [Int]) throws -> Tensor {
        try checkShape(shape, of: "from")
        guard values.count == shape.reduce(1, *) else {
            throw TensorError("from: \(values.count) values do not fill the shape \(shape), which holds \(shape.reduce(1, *))")
        }
        return Tensor(values, shape: shape)
    }

    /// Every element `value`; bool tensors hold whether it differs from 0.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32) throws -> Tensor {
        try checkShape(shape, of: "full")
        let result = Tensor(uninitialized: shape, dtype: dtype)
        switch dtype {
        case .float32: result.floats.update(repeating: Float(value), count: result.count)
        case .int64: result.integers.update(repeating: try integer(value, of: "full"), count: result.count)
        case .bool: result.booleans.update(repeating: value != 0, count: result.count)
        }
        return result
    }

    public static func zeros(_ shape: [Int], dtype: DType = .float32) throws -> Tensor { try full(shape, 0, dtype: dtype) }

    public static func ones(_ shape: [Int], dtype: DType = .float32) throws -> Tensor { try full(shape, 1, dtype: dtype) }

    /// `start, start + step, ...` up to `end`, which is left out; int64 unless a bound or the step has a fraction.
    public static func arange(_ start: Double, _ end: Double, step: Double = 1, dtype: DType? = nil) throws -> Tensor {
        guard step != 0, start.isFinite, end.isFinite, step.isFinite else {
            throw TensorError("arange: start \(start), end \(end), step \(step); they must be finite and the step not 0")
        }
        let length = ((end - start) / step).rounded(.up)
        guard length >= 0 || step == 1 else {
            throw TensorError("arange: from \(start) to \(end) by \(step) goes the wrong way; change the sign of the step")
        }
        guard length < 0x1p40 else { throw TensorError("arange: \(length) elements are more than memory holds") }
        let isWhole = [start, end, step].allSatisfy { $0 == $0.rounded() && Swift.abs($0) < 0x1p53 }
        let values = (0..<Swift.max(0, Int(length))).map { (index: Int) -> Double in start + Double(index) * step }
        switch dtype ?? (isWhole ? .int64 : .float32) {
        case .float32: return Tensor(values.map { Float($0) })
        case .int64: return Tensor(try values.map { try integer($0.rounded(.towardZero), of: "arange") })
        case .bool: throw TensorError("arange: bool has no range; use int64 or float32")
        }
    }

    /// `0 ..< end` as int64.
    public static func arange(_ end: Int) throws -> Tensor { try arange(0, Double(end)) }

    /// `steps` numbers at equal distances from `start` to `end`, both included.
    public static func linspace(_ start: Double, _ end: Double, steps: Int) throws -> Tensor {
        guard steps >= 0 else { throw TensorError("linspace: \(steps) steps; it must be 0 or more") }
        let step = steps > 1 ? (end - start) / Double(steps - 1) : 0
        // From both ends, so that the last value is `end` itself.
        return Tensor((0..<steps).map { index in
            Float(index < steps / 2 || steps == 1 ? start + Double(index) * step : end - Double(steps - 1 - index) * step)
        })
    }

    /// Ones on the diagonal of an `[rows, columns]` matrix of zeros; square if `columns` is nil.
    public static func eye(_ rows: Int, _ columns: Int? = nil) throws -> Tensor {
        let width = columns ?? rows
        let result = try zeros([rows, width])
        for index in 0..<Swift.min(rows, width) { result.floats[index * width + index] = 1 }
        return result
    }

    /// Of this tensor's shape and type.
    public func zerosLike() -> Tensor { Tensor(zeros: shape, dtype: dtype) }

    /// Of this tensor's shape and type.
    public func onesLike() throws -> Tensor { try Tensor.ones(shape, dtype: dtype) }

    static func checkShape(_ shape: [Int], of operation: String) throws {
        var count = 1
        for length in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: length)
            guard length >= 0, !overflow, product < 1 << 40 else {
                throw TensorError("\(operation): the shape \(shape) cannot be made; dimensions are 0 or more and must fit in memory")
            }
            count = product
        }
    }

    static func integer(_ value: Double, of operation: String) throws -> Int64 {
        guard let integer = Int64(exactly: value) else {
            throw TensorError("\(operation): \(value) is not a whole number that int64 can hold; use float32")
        }
        return integer
    }
}
