/// What one side was measured to do in one precision.
public struct Measurement: Equatable, Sendable {
    /// Who computed.
    public struct Key: Hashable, Sendable {
        public let side: Contestant
        public let precision: BenchmarkPrecision

        public init(_ side: Contestant, _ precision: BenchmarkPrecision) {
            self.side = side
            self.precision = precision
        }
    }

    /// Of each round.
    public var seconds: [Double] = []
    /// See ``Work/check(_:)``.
    public var check = 0.0
    public var peakMebibytes = 0.0
    /// The rate of large matrix products in the same process.
    public var peakGigaflops = 0.0

    public init() {}

    /// The median.
    public var typicalSeconds: Double { Median.of(seconds) ?? .nan }
}

/// One workload on all sides.
public struct WorkloadResult: Sendable {
    public let workload: Workload
    /// Operations of the matrix products of each round; see ``MatrixWork``.
    public var operations: [Double] = []
    public var measurements: [Measurement.Key: Measurement] = [:]
    /// Why there are no measurements.
    public var failure: String?

    public init(_ workload: Workload) { self.workload = workload }

    public subscript(side: Contestant, precision: BenchmarkPrecision) -> Measurement? {
        get { measurements[Measurement.Key(side, precision)] }
        set { measurements[Measurement.Key(side, precision)] = newValue }
    }

    /// The precision in which a side is faster.
    public func fasterPrecision(of side: Contestant) -> BenchmarkPrecision? {
        BenchmarkPrecision.allCases.filter { self[side, $0] != nil }.min { self[side, $0]!.typicalSeconds < self[side, $1]!.typicalSeconds }
    }

    /// The measurement of a side in its faster precision.
    public func fastest(_ side: Contestant) -> Measurement? { fasterPrecision(of: side).flatMap { self[side, $0] } }

    /// How many times faster sentx is in a precision than the reference in its faster one: the median of the rounds' ratios.
    public func ratio(_ precision: BenchmarkPrecision) -> Double? {
        guard let ours = self[.sentx, precision], let theirs = fastest(.reference) else { return nil }
        return Median.ratio(of: theirs.seconds, to: ours.seconds)
    }

    /// The best rate of matrix products measured by either side in a precision, in GFLOP/s.
    public func peak(_ precision: BenchmarkPrecision) -> Double? {
        Contestant.allCases.compactMap { self[$0, precision]?.peakGigaflops }.max()
    }

    /// The share of that rate which a side reaches over the whole unit; nil where the work has no matrix products.
    public func shareOfPeak(_ side: Contestant, _ precision: BenchmarkPrecision) -> Double? {
        guard let measurement = self[side, precision], let peak = peak(precision), let typical = Median.of(operations), typical > 0 else { return nil }
        return Median.ratio(of: operations.map { $0 * 1e-9 / peak }, to: measurement.seconds)
    }

    /// The ratio that would be reached if nothing but matrix products at the measured peak of a precision took time.
    public func greatestRatio(_ precision: BenchmarkPrecision) -> Double? {
        guard let peak = peak(precision), let theirs = fastest(.reference), let typical = Median.of(operations), typical > 0 else { return nil }
        return Median.ratio(of: theirs.seconds, to: operations.map { $0 * 1e-9 / peak })
    }

    /// How far the numbers that show that all sides did the same work lie apart, relative to the reference's in float32.
    public func checkDifference(_ precision: BenchmarkPrecision) -> Double? {
        guard let ours = self[.sentx, precision], let theirs = self[.reference, .fp32], ours.check != 0 || theirs.check != 0 else { return nil }
        return abs(ours.check - theirs.check) / max(abs(theirs.check), 1e-9)
    }
}
