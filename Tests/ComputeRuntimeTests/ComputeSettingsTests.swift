import ComputeRuntime
import Testing

@Suite("Settings of computing")
struct ComputeSettingsTests {
    private func settings(_ variables: [String: String], processors: Int = 4) throws -> ComputeSettings {
        try ComputeSettings(processors: processors) { variables[$0] }
    }

    @Test("numbers of threads that make no sense are refused with what may be given",
          arguments: ["abc", "0", "-1", "1.5", "1e3", " 2", "2 ", "0x2", "1025", "40000", "9223372036854775807", "99999999999999999999"])
    func threads(text: String) throws {
        let error = try #require(#expect(throws: ComputeSettingError.self) { try settings(["SENTX_NUM_THREADS": text]) })
        #expect(error.description.contains("SENTX_NUM_THREADS=\(text)") && error.description.contains("4 processors"))
        #expect(!error.description.contains("\n"))
        #expect(throws: ComputeSettingError.self) { try settings(["SENTX_NUM_THREADS": text, "SENTX_OVERSUBSCRIBE": "1"]) }
    }

    @Test("no more threads than processors are taken unless that is meant")
    func oversubscription() throws {
        #expect(try settings([:]).threadCount == 4 && settings([:]).remark == nil)
        #expect(try settings(["SENTX_NUM_THREADS": ""]).threadCount == 4)
        #expect(try settings(["SENTX_NUM_THREADS": "3"]).threadCount == 3)
        let fewer = try settings(["SENTX_NUM_THREADS": "64"])
        #expect(fewer.threadCount == 4 && fewer.remark?.contains("SENTX_OVERSUBSCRIBE=1") == true)
        let more = try settings(["SENTX_NUM_THREADS": "64", "SENTX_OVERSUBSCRIBE": "1"])
        #expect(more.threadCount == 64 && more.remark == nil)
        #expect(throws: ComputeSettingError.self) { try settings(["SENTX_OVERSUBSCRIBE": "yes"]) }
        #expect(try settings([:], processors: 5000).threadCount == ComputeSettings.mostThreads)
    }

    @Test("instruction sets that are not known are refused, with those that are")
    func instructions() throws {
        let error = try #require(#expect(throws: ComputeSettingError.self) { try settings(["SENTX_INSTRUCTIONS": "avx1024"]) })
        #expect(error.description.contains("avx1024") && InstructionSet.allCases.allSatisfy { error.description.contains($0.rawValue) })
        for set in InstructionSet.allCases { #expect(try settings(["SENTX_INSTRUCTIONS": set.rawValue]).instructionSet == set) }
        #expect(try settings(["SENTX_INSTRUCTIONS": ""]).instructionSet == nil)
    }

    @Test("a pool has the threads that have started", arguments: [1, 2, 5])
    func started(count: Int) {
        let pool = ThreadPool(threadCount: count)
        #expect(pool.threadCount == count)
        var runs = [Int](repeating: 0, count: 100)
        runs.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress
            pool.run(count: 100) { start![$0] += 1 }
        }
        #expect(runs.allSatisfy { $0 == 1 })
    }
}
