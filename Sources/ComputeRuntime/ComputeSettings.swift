import CSIMD
import Glibc

/// What the environment asks of computing. What makes no sense is refused, since a run with other settings than those asked for misleads.
///
/// - `SENTX_NUM_THREADS`: threads that run kernels; as many as there are processors if it is not set. More are not started, unless
///   `SENTX_OVERSUBSCRIBE=1` says that this is meant.
/// - `SENTX_INSTRUCTIONS`: the name of an ``InstructionSet``.
public struct ComputeSettings: Sendable {
    /// Threads that run kernels, the calling one included.
    public let threadCount: Int
    /// Where fewer threads than asked for are used: why, in one line.
    public let remark: String?
    /// What kernels may use, if that is set.
    public let instructionSet: InstructionSet?

    /// More threads are a mistake on any machine.
    package static let mostThreads = 1024

    /// Those of this process. The program ends at the first use if they make no sense, or the processor lacks what kernels need.
    public static let current: ComputeSettings = {
        #if arch(x86_64)
        // Kernels are compiled for them; without, the first would end the program by a signal.
        if !csimd_has_avx2_fma() {
            Termination.environment.end("this processor, or what it is emulated by, lacks the instructions AVX2 and FMA, which sentx needs")
        }
        #endif
        do {
            return try ComputeSettings(processors: ProcessorCount.available) { getenv($0).map { String(cString: $0) } }
        } catch {
            Termination.environment.end("\(error)")
        }
    }()

    /// - Throws: ``ComputeSettingError`` for a value that makes no sense.
    package init(processors: Int, _ variable: (String) -> String?) throws(ComputeSettingError) {
        func value(_ name: String) -> String? { variable(name).flatMap { $0.isEmpty ? nil : $0 } }
        let oversubscribe = value("SENTX_OVERSUBSCRIBE")
        guard oversubscribe == nil || oversubscribe == "0" || oversubscribe == "1" else {
            throw ComputeSettingError("SENTX_OVERSUBSCRIBE=\(oversubscribe!): it must be 1, for more threads than processors, or 0")
        }
        if let text = value("SENTX_NUM_THREADS") {
            guard let count = Int(text), count >= 1, count <= Self.mostThreads else {
                throw ComputeSettingError("""
                    SENTX_NUM_THREADS=\(text): it must be a whole number of threads from 1 to \(Self.mostThreads); \
                    this process may use \(Self.processors(processors)), which is what it takes without the variable
                    """)
            }
            let isMeant = oversubscribe == "1"
            threadCount = isMeant ? count : min(count, processors)
            remark = threadCount == count ? nil : """
                SENTX_NUM_THREADS=\(count): \(threadCount == 1 ? "one thread is" : "\(threadCount) threads are") used, since this process may use \
                \(Self.processors(processors)); SENTX_OVERSUBSCRIBE=1 starts more all the same
                """
        } else {
            threadCount = min(processors, Self.mostThreads)
            remark = nil
        }
        if let text = value("SENTX_INSTRUCTIONS") {
            guard let set = InstructionSet(rawValue: text) else {
                throw ComputeSettingError("""
                    SENTX_INSTRUCTIONS=\(text): there is no such instruction set; \
                    use \(InstructionSet.allCases.map(\.rawValue).joined(separator: ", "))
                    """)
            }
            instructionSet = set
        } else {
            instructionSet = nil
        }
    }

    private static func processors(_ count: Int) -> String { count == 1 ? "one processor" : "\(count) processors" }
}

/// A setting that makes no sense: its name, its value, and what it may be.
public struct ComputeSettingError: Error, CustomStringConvertible, Equatable {
    public let description: String

    init(_ description: String) { self.description = description }
}
