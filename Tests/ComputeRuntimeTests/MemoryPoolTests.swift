import ComputeRuntime
import Testing

@Suite("Pool of memory", .serialized)
struct MemoryPoolTests {
    @Test("a block is as large as was asked, wastes at most a third, is aligned, and can be written to its end",
          arguments: [0, 1, 63, 64, 65, 4097, 5000, 1 << 20, (2 << 20) - 1, 2 << 20, (5 << 20) + 12_345])
    func sizes(byteCount: Int) {
        let block = MemoryPool.shared.take(byteCount)
        #expect(block.byteCount >= byteCount && block.byteCount <= max(96, (byteCount + 63) * 9 / 8 * 5 / 4))
        #expect(Int(bitPattern: block.pointer) % 64 == 0)
        block.pointer.initializeMemory(as: UInt8.self, repeating: 0xa5, count: block.byteCount)
        MemoryPool.shared.give(block)
    }

    @Test("blocks in use do not overlap, whatever was given back before")
    func overlap() {
        var random = SystemRandomNumberGenerator(), live: [(block: MemoryPool.Block, mark: UInt8)] = []
        for turn in 0..<600 {
            if live.count > 12 || (!live.isEmpty && turn % 3 == 0) {
                let (block, mark) = live.remove(at: Int.random(in: 0..<live.count, using: &random))
                let bytes = UnsafeRawBufferPointer(start: block.pointer, count: block.byteCount)
                #expect(bytes.first == mark && bytes.last == mark && bytes[block.byteCount / 2] == mark)
                MemoryPool.shared.give(block)
            } else {
                let block = MemoryPool.shared.take(Int.random(in: 1..<(3 << 20), using: &random)), mark = UInt8(truncatingIfNeeded: turn)
                block.pointer.initializeMemory(as: UInt8.self, repeating: mark, count: block.byteCount)
                live.append((block, mark))
            }
        }
        for (block, _) in live { MemoryPool.shared.give(block) }
    }

    @Test("free neighbours become one range, the smallest that fits is taken, from its upper end")
    func ranges() {
        var free = FreeRanges()
        for range in [100..<200, 300..<400, 0..<50] as [Range<UInt>] { free.insert(range) }
        #expect(free.ranges == [0..<50, 100..<200, 300..<400])
        free.insert(200..<300)
        #expect(free.ranges == [0..<50, 100..<400] && free.byteCount == 350)
        #expect(free.take(40) == 10)
        #expect(free.take(11) == 389 && free.ranges == [0..<10, 100..<389])
        #expect(free.take(290) == nil)
        #expect(free.take(289) == 100 && free.ranges == [0..<10])
        free.insert(10..<20)
        #expect(free.ranges == [0..<20] && free.byteCount == 20)
    }

    @Test("sparse zeros are zeros and keep what is written")
    func zeroPages() {
        let pages = ZeroPages(byteCount: 3 << 20), bytes = UnsafeRawBufferPointer(start: pages.pointer, count: pages.byteCount)
        #expect(bytes.allSatisfy { $0 == 0 })
        pages.pointer.storeBytes(of: 7, toByteOffset: 1 << 20, as: UInt8.self)
        #expect(bytes[1 << 20] == 7 && bytes[(1 << 20) + 1] == 0)
    }

    @Test("what the process may not have is an error that names both numbers, and the next request is served",
          arguments: [1 << 42, 1 << 47, (1 << 47) + 1, 1 << 62, Int.max, -1, Int.min])
    func refusal(byteCount: Int) throws {
        let before = MemoryPool.shared.liveByteCount
        let error = #expect(throws: MemoryError.self) { try MemoryPool.shared.request(byteCount) }
        #expect(error.map { "\($0)".contains("can be had") } == true)
        #expect(MemoryPool.shared.liveByteCount == before)
        MemoryPool.shared.give(try MemoryPool.shared.request(1 << 20))
        #expect(throws: MemoryError.self) { try MemoryLimit.check(count: Int.max, stride: 8) }
        try MemoryLimit.check(1 << 20)
    }

    @Test("before a request fails, whoever can free memory is asked once, on its own thread")
    func shortage() {
        var calls = 0
        MemoryShortage.handle {
            calls += 1
            // A request from inside does not ask again.
            #expect(throws: MemoryError.self) { try MemoryPool.shared.request(1 << 46) }
        }
        #expect(throws: MemoryError.self) { try MemoryPool.shared.request(1 << 46) }
        #expect(calls == 1)
        MemoryShortage.handle {}
    }
}
