import Kernels

extension Tensor {
    /// `values` in row-major order.
    /// - Throws: if their number is not that of `shape`.
    public static func from<Element: TensorElement>(_ values: [Element], shape: [Int]) throws -> Tensor {
        let count = try Shape.count(shape, of: "from")
        guard values.count == count else {
            throw TensorError("from: \(values.count) values do not fill the shape \(shape), which holds \(count)")
        }
        let result = try Tensor(allocating: shape, dtype: Element.dtype, for: "from")
        values.withUnsafeBytes { if let start = $0.baseAddress { result.storage.pointer.copyMemory(from: start, byteCount: $0.count) } }
        return result
    }

    /// Every element `value`; bool tensors hold whether it differs from 0.
    public static func full(_ shape: [Int], _ value: Double, dtype: DType = .float32) throws -> Tensor {
        try filled(shape, value, dtype, of: "full")
    }

    /// Every element the one of `value`, a tensor without dimensions, and of its type.
    public static func full(_ shape: [Int], _ value: Tensor) throws -> Tensor {
        let result = try Tensor(allocating: shape, dtype: value.dtype, for: "full")
        switch value.dtype {
        case .float32: result.floats.update(repeating: value.floats[0], count: result.count)
        case .int64: result.integers.update(repeating: value.integers[0], count: result.count)
        case .bool: result.booleans.update(repeating: value.booleans[0], count: result.count)
        }
        return result
    }

    public static func zeros(_ shape: [Int], dtype: DType = .float32) throws -> Tensor { try filled(shape, 0, dtype, of: "zeros") }

    public static func ones(_ shape: [Int], dtype: DType = .float32) throws -> Tensor { try filled(shape, 1, dtype, of: "ones") }

    private static func filled(_ shape: [Int], _ value: Double, _ dtype: DType, of operation: String) throws -> Tensor {
        let result = try Tensor(allocating: shape, dtype: dtype, for: operation)
        switch dtype {
        case .float32: result.floats.update(repeating: Float(value), count: result.count)
        case .int64: result.integers.update(repeating: try integer(value, of: operation), count: result.count)
        case .bool: result.booleans.update(repeating: value != 0, count: result.count)
        }
        return result
    }

    /// `start, start + step, ...` up to `end`, which is left out; int64 unless a bound or the step has a fraction.
    public static func arange(_ start: Double, _ end: Double, step: Double = 1, dtype: DType? = nil) throws -> Tensor {
        guard step != 0, start.isFinite, end.isFinite, step.isFinite else {
            throw TensorError("arange: start \(start), end \(end), step \(step); they must be finite and the step not 0")
        }
        if dtype != .float32, let first = Int(exactly: start), let last = Int(exactly: end), let distance = Int(exactly: step) {
            return try arange(first, last, step: distance, dtype: dtype ?? .int64)
        }
        let length = ((end - start) / step).rounded(.up)
        guard length >= 0 || step == 1 else {
            throw TensorError("arange: from \(start) to \(end) by \(step) goes the wrong way; change the sign of the step")
        }
        guard length <= Double(Shape.longestDimension) else {
            throw TensorError("arange: \(length) elements from \(start) to \(end) by \(step); \(Shape.longestDimension) at most make a dimension")
        }
        let result = try Tensor(allocating: [length > 0 ? Int(length) : 0], dtype: dtype ?? .float32, for: "arange")
        for index in 0..<result.count {
            let value = start + Double(index) * step
            switch result.dtype {
            case .float32: result.floats[index] = Float(value)
            case .int64: result.integers[index] = try integer(value.rounded(.towardZero), of: "arange")
            case .bool: throw TensorError("arange: bool has no range; use int64 or float32")
            }
        }
        return result
    }

    /// The same of whole numbers, none of which is rounded.
    public static func arange(_ start: Int, _ end: Int, step: Int = 1, dtype: DType = .int64) throws -> Tensor {
        guard step != 0 else { throw TensorError("arange: start \(start), end \(end), step 0; the step must not be 0") }
        let isAhead = step > 0 ? end > start : end < start
        guard isAhead || end == start || step == 1 else {
            throw TensorError("arange: from \(start) to \(end) by \(step) goes the wrong way; change the sign of the step")
        }
        // The distance of any two integers fits into one without sign.
        let distance = step > 0 ? UInt(bitPattern: end &- start) : UInt(bitPattern: start &- end)
        let length = isAhead ? (distance - 1) / step.magnitude + 1 : 0
        let result = try Tensor(allocating: [Int(clamping: length)], dtype: dtype, for: "arange")
        for index in 0..<result.count {
            let value = Int64(start &+ index &* step)
            switch dtype {
            case .int64: result.integers[index] = value
            case .float32: result.floats[index] = try float(value, of: "arange")
            case .bool: throw TensorError("arange: bool has no range; use int64 or float32")
            }
        }
        return result
    }

    /// `0 ..< end` as int64.
    public static func arange(_ end: Int) throws -> Tensor { try arange(0, end) }

    /// `steps` numbers at equal distances from `start` to `end`, both included.
    public static func linspace(_ start: Double, _ end: Double, steps: Int) throws -> Tensor {
        guard steps >= 0 else { throw TensorError("linspace: \(steps) steps; it must be 0 or more") }
        let result = try Tensor(allocating: [steps], for: "linspace")
        let step = steps > 1 ? (end - start) / Double(steps - 1) : 0
        // From both ends, so that the last value is `end` itself.
        let values = result.floats
        for index in 0..<steps {
            values[index] = Float(index < steps / 2 || steps == 1 ? start + Double(index) * step : end - Double(steps - 1 - index) * step)
        }
        return result
    }

    /// Ones on the diagonal of an `[rows, columns]` matrix of zeros; square if `columns` is nil.
    public static func eye(_ rows: Int, _ columns: Int? = nil) throws -> Tensor {
        let width = columns ?? rows
        let result = try filled([rows, width], 0, .float32, of: "eye")
        let values = result.floats
        for index in 0..<Swift.min(rows, width) { values[index * width + index] = 1 }
        return result
    }

    /// Of this tensor's shape and type.
    public func zerosLike() throws -> Tensor { try Tensor.zeros(shape, dtype: dtype) }

    /// Of this tensor's shape and type.
    public func onesLike() throws -> Tensor { try Tensor.ones(shape, dtype: dtype) }

    /// A whole number as float32.
    /// - Throws: ``TensorError`` if there is none that equals it.
    static func float(_ value: Int64, of operation: String) throws -> Float {
        let nearest = Float(value)
        guard Int64(exactly: nearest) == value else {
            throw TensorError("""
                \(operation): \(value) is an integer that float32 cannot hold, the nearest is \(Int64(exactly: nearest).map { "\($0)" } ?? "\(nearest)"); \
                use int64, or write \(value).0 to have it rounded
                """)
        }
        return nearest
    }

    static func integer(_ value: Double, of operation: String) throws -> Int64 {
        guard let integer = Int64(exactly: value) else {
            throw TensorError("\(operation): \(value) is not a whole number that int64 can hold; use float32")
        }
        return integer
    }
}
