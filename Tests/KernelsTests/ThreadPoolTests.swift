import ComputeRuntime
import Foundation
import Kernels
import Synchronization
import Testing

@Suite("Thread pool")
struct ThreadPoolTests {
    @Test("runs every task once", arguments: [0, 1, 2, 7, 1000])
    func everyTaskOnce(count: Int) {
        var runs = [Int](repeating: 0, count: count)
        runs.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress
            ThreadPool.shared.run(count: count) { start![$0] += 1 }
        }
        #expect(runs.allSatisfy { $0 == 1 })
    }

    @Test("covers a count by ranges without gap or overlap", arguments: [0, 1, 5, 63, 64, 65, 10_001], [1, 64, 100_000])
    func ranges(count: Int, grain: Int) {
        var seen = [Int](repeating: 0, count: count)
        seen.withUnsafeMutableBufferPointer { buffer in
            let start = buffer.baseAddress
            ThreadPool.shared.runRanges(count: count, grain: grain) { for index in $0 { start![index] += 1 } }
        }
        #expect(seen.allSatisfy { $0 == 1 })
    }

    @Test("runs calls from inside a task, at any depth")
    func nested() {
        let total = Atomic<Int>(0)
        ThreadPool.shared.run(count: 5) { _ in
            ThreadPool.shared.run(count: 7) { _ in
                ThreadPool.shared.runRanges(count: 11, grain: 1) { total.add($0.count, ordering: .relaxed) }
            }
        }
        #expect(total.load(ordering: .relaxed) == 5 * 7 * 11)
    }

    @Test("serves several threads at once")
    func concurrent() {
        let total = Atomic<Int>(0)
        DispatchQueue.concurrentPerform(iterations: 8) { _ in
            for _ in 0..<200 { ThreadPool.shared.run(count: 10) { total.add($0, ordering: .relaxed) } }
        }
        #expect(total.load(ordering: .relaxed) == 8 * 200 * 45)
    }

    @Test("gives the same bits however the tasks fall to threads")
    func sameBits() {
        let values = randomValues(1_000_003, seed: 5)
        var first: Float = 0
        sumElements(values, outer: 1, length: values.count, inner: 1, into: &first)
        for _ in 0..<10 {
            var again: Float = 0
            sumElements(values, outer: 1, length: values.count, inner: 1, into: &again)
            #expect(again.bitPattern == first.bitPattern)
        }
        // Inside a task the pool runs inline, on one thread.
        ThreadPool.shared.run(count: 2) { _ in
            var inline: Float = 0
            sumElements(values, outer: 1, length: values.count, inner: 1, into: &inline)
            #expect(inline.bitPattern == first.bitPattern)
        }
    }
}
