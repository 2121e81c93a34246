import ComputeRuntime
import Kernels
import Testing

extension InstructionSet {
    /// The sets that this processor can be asked for.
    static let available = InstructionSet.allCases.filter { $0 <= .detected }
}

@Suite("Instruction sets")
struct InstructionSetTests {
    @Test("a set above what the processor has is not used; one below is")
    func forcing() {
        #expect(InstructionSet.with(.portable) { InstructionSet.current } == .portable)
        #expect(InstructionSet.with(.avx512bf16) { InstructionSet.current } == .detected)
        #expect(InstructionSet.current <= .detected)
    }

    @Test("on x86-64 the set of the instructions that the program needs is there")
    func least() {
        #if arch(x86_64)
        #expect(InstructionSet.detected >= .avx2)
        #endif
    }

    @Test("products in bfloat16 are made only where there are instructions for them", arguments: InstructionSet.available)
    func precision(set: InstructionSet) {
        InstructionSet.with(set) {
            ComputePrecision.with(.bfloat16) { #expect(ComputePrecision.current == (set < .avx512bf16 ? .float32 : .bfloat16)) }
            let float32: TileFormat? = set == .portable ? nil : set == .avx2 ? .float32AVX2 : .float32
            #expect(ComputePrecision.float32.tileFormat == float32)
            #expect(ComputePrecision.bfloat16.tileFormat == (set < .avx512bf16 ? float32 : .bfloat16))
        }
    }
}
