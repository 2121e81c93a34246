import Kernels

extension Tensor {
    /// Uniform numbers in [0, 1).
    public static func rand(_ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        let result = try Tensor(allocating: shape, for: "rand")
        let stream = generator.nextStream()
        fillUniform(result.floats, count: result.count, philox: stream.philox, stream: stream.stream)
        return result
    }

    /// Normally distributed numbers of mean 0 and standard deviation 1.
    public static func randn(_ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        let result = try Tensor(allocating: shape, for: "randn")
        let stream = generator.nextStream()
        fillNormal(result.floats, count: result.count, philox: stream.philox, stream: stream.stream)
        return result
    }

    /// Whole numbers in `low ..< high`, int64.
    public static func randint(low: Int = 0, high: Int, _ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        guard low < high else { throw TensorError("randint: from \(low) to \(high) there is no number; high is left out") }
        let result = try Tensor(allocating: shape, dtype: .int64, for: "randint")
        let stream = generator.nextStream()
        fillIntegers(result.integers, count: result.count, low: Int64(low), span: UInt64(bitPattern: Int64(high &- low)),
                     philox: stream.philox, stream: stream.stream)
        return result
    }

    /// `0 ..< count` in random order, int64.
    public static func randperm(_ count: Int, generator: Generator = .shared) throws -> Tensor {
        guard count >= 0 else { throw TensorError("randperm: \(count) numbers; it must be 0 or more") }
        let result = try Tensor(allocating: [count], dtype: .int64, for: "randperm"), values = result.integers
        for index in 0..<count { values[index] = Int64(index) }
        generator.shuffle(UnsafeMutableBufferPointer(start: values, count: count))
        return result
    }

    /// This tensor with elements set to 0 with probability `p` and the others scaled by `1 / (1 - p)`.
    /// The backward pass makes the same mask again instead of keeping it.
    public func dropout(p: Double, generator: Generator = .shared) throws -> Tensor {
        try requireFloat("dropout")
        guard p >= 0 && p <= 1 else { throw TensorError("dropout: probability \(p); it must lie between 0 and 1") }
        if p == 0 { return self }
        if p == 1 { return try multiplying(0) }
        let stream = generator.nextStream()
        func dropped(_ input: Tensor) throws -> Tensor {
            let source = try input.dense
            let result = try Tensor(allocating: input.shape, for: "dropout")
            Kernels.dropout(source.floats, into: result.floats, count: result.count, probability: Float(p),
                            philox: stream.philox, stream: stream.stream)
            return result
        }
        return try dropped(self).recorded(as: "dropout", from: [self]) { [try dropped($0)] }
    }
}
