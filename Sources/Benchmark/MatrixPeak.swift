/// The rate that this machine multiplies large matrices at, on the threads that work is done with.
enum MatrixPeak {
    /// GFLOP/s of the best of a few products of 2,048 x 2,048 matrices; they do not fit the caches, and are large enough for any kernel.
    static func gigaflops(_ precision: BenchmarkPrecision) -> Double {
        let size = 2048
        let a = UnsafeMutablePointer<Float>.allocate(capacity: size * size)
        let c = UnsafeMutablePointer<Float>.allocate(capacity: size * size)
        defer { a.deallocate(); c.deallocate() }
        // Multiplying by zeros is no slower, but by numbers too small to be normal it is.
        for index in 0 ..< size * size { a[index] = Float(index % 13) - 6 }
        var best = Double.infinity
        for _ in 0..<4 {
            best = min(best, Stopwatch.seconds { precision.square(a, into: c, size: size) })
        }
        let n = Double(size)
        return 2 * n * n * n / best * 1e-9
    }
}
