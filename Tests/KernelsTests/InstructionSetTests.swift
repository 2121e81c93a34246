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

    @Test("products in bfloat16 are made only where there are instructions for them", arguments: InstructionSet.available)
    func precision(set: InstructionSet) {
        InstructionSet.with(set) {
            ComputePrecision.with(.bfloat16) { #expect(ComputePrecision.current == (set < .avx512bf16 ? .float32 : .bfloat16)) }
            #expect(ComputePrecision.float32.tileFormat == (set < .avx512 ? nil : .float32))
            #expect(ComputePrecision.bfloat16.tileFormat == (set < .avx512 ? nil : set < .avx512bf16 ? .float32 : .bfloat16))
        }
    }
}
