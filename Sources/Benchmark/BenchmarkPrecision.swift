import ComputeRuntime
import Kernels

/// The precision that a side of the comparison multiplies in.
public enum BenchmarkPrecision: String, CaseIterable, Sendable {
    case fp32
    /// bfloat16 operands and float32 sums; in the reference, autocast.
    case bf16

    private var kernels: ComputePrecision { self == .bf16 ? .bfloat16 : .float32 }

    /// Whether sentx has kernels for it on this processor.
    public var isAvailable: Bool { self == .fp32 || InstructionSet.current >= .avx512bf16 }

    /// Runs `body` with sentx's products in this precision.
    func run<Result>(_ body: () throws -> Result) rethrows -> Result { try ComputePrecision.with(kernels, body) }

    /// `c = a a` for square matrices of this size.
    func square(_ a: UnsafePointer<Float>, into c: UnsafeMutablePointer<Float>, size: Int) {
        kernels.product(a, .normal, a, .normal, into: c, m: size, n: size, k: size)
    }
}
