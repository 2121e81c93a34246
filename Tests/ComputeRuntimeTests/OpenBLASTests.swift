import ComputeRuntime
import Testing

@Suite("OpenBLAS")
struct OpenBLASTests {
    @Test("is opened with kernels that use what the processor has")
    func kernels() {
        #expect(!OpenBLAS.shared.coreName.isEmpty)
        #expect(!OpenBLAS.isOutdated(OpenBLAS.shared.coreName))
        #expect(!OpenBLAS.isOutdated("Haswell") && !OpenBLAS.isOutdated("SkylakeX") && !OpenBLAS.isOutdated("a later one"))
    }
}
