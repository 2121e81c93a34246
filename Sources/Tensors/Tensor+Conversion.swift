import Kernels

extension Tensor {
    /// The same numbers as float32, on the tape; this tensor itself if it is float32 already.
    public func toFloat32() -> Tensor {
        if dtype == .float32 { return self }
        let source = dense
        let result = Tensor(uninitialized: shape)
        if dtype == .int64 {
            convert(source.integers, into: result.floats, count: count)
        } else {
            convert(source.booleans, into: result.floats, count: count)
        }
        return result
    }

    /// The numbers cut towards zero; off the tape.
    public func toInt64() -> Tensor {
        if dtype == .int64 { return self }
        let source = dense
        let result = Tensor(uninitialized: shape, dtype: .int64)
        if dtype == .float32 {
            convert(source.floats, into: result.integers, count: count)
        } else {
            convert(source.booleans, into: result.integers, count: count)
        }
        return result
    }

    /// Whether each element differs from 0; off the tape.
    public func toBool() -> Tensor {
        if dtype == .bool { return self }
        let source = dense
        let result = Tensor(uninitialized: shape, dtype: .bool)
        if dtype == .float32 {
            convert(source.floats, into: result.booleans, count: count)
        } else {
            convert(source.integers, into: result.booleans, count: count)
        }
        return result
    }

    /// This tensor as `dtype`.
    public func to(_ dtype: DType) -> Tensor {
        switch dtype {
        case .float32: return toFloat32()
        case .int64: return toInt64()
        case .bool: return toBool()
        }
    }

    /// A copy with its own memory, on the tape.
    public func clone() -> Tensor {
        contiguousCopy().recorded(as: "clone", from: [self]) { [$0] }
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
        let source = toInt64().dense
        return Array(UnsafeBufferPointer(start: source.integers, count: count))
    }

    /// Whether each element differs from 0, in row-major order.
    public func boolArray() -> [Bool] {
        let source = toBool().dense
        return Array(UnsafeBufferPointer(start: source.booleans, count: count))
    }
}
