import CSIMD
import Foundation

/// What the processor offers beyond the instructions that the whole program is compiled for. A later case includes the earlier ones.
///
/// The environment variable `SENTX_INSTRUCTION_SET` (`portable` or `avx512bf16`) asks for a lower set than the processor has;
/// a higher one, or an unknown name, leaves what was detected.
public enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    /// Plain Swift SIMD and OpenBLAS: on x86-64 AVX2 and FMA.
    case portable
    /// AVX-512 with products of bfloat16 pairs (`VDPBF16PS`).
    case avx512bf16

    public static func < (a: InstructionSet, b: InstructionSet) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }

    /// The highest that this processor and its operating system support.
    public static let detected: InstructionSet = csimd_has_avx512_bf16() ? .avx512bf16 : .portable

    private static let chosenAtStart: InstructionSet = {
        let name = ProcessInfo.processInfo.environment["SENTX_INSTRUCTION_SET"] ?? ""
        return min(detected, InstructionSet(rawValue: name) ?? detected)
    }()

    @TaskLocal private static var forced: InstructionSet?

    /// The set that kernels use now.
    public static var current: InstructionSet { forced ?? chosenAtStart }

    /// Runs `body` with `set`, or with what was detected if that is lower.
    public static func with<Result>(_ set: InstructionSet, _ body: () throws -> Result) rethrows -> Result {
        try $forced.withValue(min(set, detected), operation: body)
    }
}
