import Kernels

/// The precision that a side of the comparison multiplies in.
public enum BenchmarkPrecision: String, CaseIterable, Sendable {
    case fp32
    /// bfloat16 operands and float32 sums; in the reference, autocast.
    case bf16

    /// Whether sentx has it.
    public var isAvailable: Bool { self == .fp32 }

    /// Runs `body` with sentx's products in this precision.
    func run<Result>(_ body: () throws -> Result) rethrows -> Result { try body() }
}
