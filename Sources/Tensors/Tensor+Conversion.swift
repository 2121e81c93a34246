import Kernels

extension Tensor {
    /// The same numbers as float32, on the tape; this tensor itself if it is float32 already.
    public func toFloat32() throws -> Tensor {
        if dtype == .float32 { return self }
        let source = try dense
        let result = try Tensor(allocating: shape, for: "float")
        if dtype == .int64 {
            convert(source.integers, into: result.floats, count: count)
        } else {
            convert(source.booleans, into: result.floats, count: count)
        }
        return result
    }

    /// The numbers cut towards zero; off the tape.
    public func toInt64() throws -> Tensor {
        if dtype == .int64 { return self }
        let source = try dense
        let result = try Tensor(allocating: shape, dtype: .int64, for: "long")
        if dtype == .float32 {
            convert(source.floats, into: result.integers, count: count)
        } else {
            convert(source.booleans, into: result.integers, count: count)
        }
        return result
    }

    /// Whether each element differs from 0; off the tape.
    public func toBool() throws -> Tensor {
        if dtype == .bool { return self }
        let source = try dense
        let result = try Tensor(allocating: shape, dtype: .bool, for: "bool")
        if dtype == .float32 {
            convert(source.floats, into: result.booleans, count: count)
        } else {
            convert(source.integers, into: result.booleans, count: count)
        }
        return result
    }

    /// This tensor as `dtype`.
    public func to(_ dtype: DType) throws -> Tensor {
        switch dtype {
        case .float32: return try toFloat32()
        case .int64: return try toInt64()
        case .bool: return try toBool()
        }
    }

    /// A copy with its own memory, on the tape.
    public func clone() throws -> Tensor {
        try copy(for: "clone").recorded(as: "clone", from: [self]) { [$0] }
    }

    /// The one element as a number (true is 1).
    /// - Throws: unless there is exactly one.
    public func item() throws -> Double {
        guard count == 1 else {
            throw TensorError("item: a tensor of shape \(shape) has \(count) elements, not one; reduce it or select one")
        }
        switch dtype {
        case .float32: return Double(floats[0])
        case .int64: return Double(integers[0])
        case .bool: return booleans[0] ? 1 : 0
        }
    }

    /// The elements in row-major order, cut towards zero.
    public func integerArray() -> [Int64] {
        let source = contiguous()
        switch dtype {
        case .int64: return Array(UnsafeBufferPointer(start: source.integers, count: count))
        case .float32: return UnsafeBufferPointer(start: source.floats, count: count).map { value in
            // As the kernel converts them: numbers beyond the range become its bounds, NaN becomes 0.
            Int64(exactly: value.rounded(.towardZero)) ?? (value.isNaN ? 0 : value < 0 ? .min : .max)
        }
        case .bool: return UnsafeBufferPointer(start: source.booleans, count: count).map { $0 ? 1 : 0 }
        }
    }

    /// Whether each element differs from 0, in row-major order.
    public func boolArray() -> [Bool] {
        let source = contiguous()
        switch dtype {
        case .bool: return Array(UnsafeBufferPointer(start: source.booleans, count: count))
        case .float32: return UnsafeBufferPointer(start: source.floats, count: count).map { $0 != 0 }
        case .int64: return UnsafeBufferPointer(start: source.integers, count: count).map { $0 != 0 }
        }
    }
}
