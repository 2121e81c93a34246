import Kernels

extension Tensor {
    /// Uniform numbers in [0, 1).
    public static func rand(_ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        try checkShape(shape, of: "rand")
        let result = Tensor(uninitialized: shape)
        let stream = generator.nextStream()
        fillUniform(result.floats, count: result.count, philox: stream.philox, stream: stream.stream)
        return result
    }

    /// Normally distributed numbers of mean 0 and standard deviation 1.
    public static func randn(_ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        try checkShape(shape, of: "randn")
        let result = Tensor(uninitialized: shape)
        let stream = generator.nextStream()
        fillNormal(result.floats, count: result.count, philox: stream.philox, stream: stream.stream)
        return result
    }

    /// Whole numbers in `low ..< high`, int64.
    public static func randint(low: Int = 0, high: Int, _ shape: [Int], generator: Generator = .shared) throws -> Tensor {
        try checkShape(shape, of: "randint")
        guard low < high else { throw TensorError("randint: from \(low) to \(high) there is no number; high is left out") }
        let result = Tensor(uninitialized: shape, dtype: .int64)
        let stream = generator.nextStream()
        fillIntegers(result.integers, count: result.count, low: Int64(low), span: UInt64(bitPattern: Int64(high &- low)),
                     philox: stream.philox, stream: stream.stream)
        return result
    }

    /// `0 ..< count` in random order, int64.
    public static func randperm(_ count: Int, generator: Generator = .shared) throws -> Tensor {
        guard count >= 0 else { throw TensorError("randperm: \(count) numbers; it must be 0 or more") }
        return Tensor(generator.permutation(count).map { Int64($0) })
    }

    /// This tensor with elements set to 0 with probability `p` and the others scaled by `1 / (1 - p)`.
    /// The backward pass makes the same mask again instead of keeping it.
    public func dropout(p: Double, generator: Generator = .shared) throws -> Tensor {
        try requireFloat("dropout")
        guard p >= 0 && p <= 1 else { throw TensorError("dropout: probability \(p); it must lie between 0 and 1") }
        if p == 0 { return self }
        if p == 1 { return try multiplying(0) }
        let stream = generator.nextStream()
        func dropped(_ input: Tensor) -> Tensor {
            let source = input.dense
            let result = Tensor(uninitialized: input.shape)
            Kernels.dropout(source.floats, into: result.floats, count: result.count, probability: Float(p),
                            philox: stream.philox, stream: stream.stream)
            return result
        }
        return dropped(self).recorded(as: "dropout", from: [self]) { [dropped($0)] }
    }
}
