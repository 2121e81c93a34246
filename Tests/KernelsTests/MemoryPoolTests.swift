import Kernels
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
}
