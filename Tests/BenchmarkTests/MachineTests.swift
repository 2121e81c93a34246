import Testing
import Benchmark

@Suite struct MachineTests {
    @Test func theMachineIsReadFromTheSystemsFiles() {
        let machine = Machine(information: "processor\t: 0\nmodel name\t: Some CPU 9\nflags\t\t: fpu avx2 avx512f avx512_bf16\n\nprocessor\t: 1\n",
                              memory: "MemTotal:       24543212 kB\n", release: "ID=debian\nPRETTY_NAME=\"Debian 12\"\n", processorCount: 2)
        #expect(machine.description == "Some CPU 9, 2 processors (avx2, avx512f, avx512_bf16), 23 GiB, Debian 12")
    }

    @Test func unknownMachinesHaveADescriptionToo() {
        #expect(Machine(information: "", memory: "", release: "", processorCount: 1).processor == "unknown processor")
        #expect(Machine.today.count == 10)
    }
}
