import CSIMD

/// What the processor offers beyond the instructions that the whole program is compiled for. A later case includes the earlier ones.
///
/// The environment variable `SENTX_INSTRUCTIONS` (the name of a case) asks for another set that the processor has; a higher one
/// leaves what was detected, an unknown name is refused (see ``ComputeSettings``).
public enum InstructionSet: String, CaseIterable, Comparable, Sendable {
    /// Vectors as the compiler makes them, and OpenBLAS: what every processor has that the program runs on.
    case portable
    /// Products in register tiles of AVX2 and FMA, in float32 and of bytes.
    case avx2
    /// AVX-512 (F, BW, DQ and VL).
    case avx512
    /// The same with products of bfloat16 pairs (`VDPBF16PS`) and of bytes (VNNI).
    case avx512bf16

    public static func < (a: InstructionSet, b: InstructionSet) -> Bool {
        allCases.firstIndex(of: a)! < allCases.firstIndex(of: b)!
    }

    /// The highest that this processor and its operating system support.
    public static let detected: InstructionSet = csimd_has_avx512_bf16() ? .avx512bf16 : csimd_has_avx512() ? .avx512 : csimd_has_avx2_fma() ? .avx2 : .portable

    /// What kernels use unless another set is asked for: Intel's processors make products of bfloat16 at half the rate of those of
    /// float32, which are the better choice there.
    private static let preferred: InstructionSet = csimd_is_intel() ? min(detected, .avx512) : detected

    private static let chosenAtStart = ComputeSettings.current.instructionSet.map { min(detected, $0) } ?? preferred

    @TaskLocal private static var forced: InstructionSet?

    /// The set that kernels use now.
    public static var current: InstructionSet { forced ?? chosenAtStart }

    /// Runs `body` with `set`, or with what was detected if that is lower.
    public static func with<Result>(_ set: InstructionSet, _ body: () throws -> Result) rethrows -> Result {
        try $forced.withValue(min(set, detected), operation: body)
    }
}
