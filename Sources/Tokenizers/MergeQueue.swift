/// A word on its way through byte-pair encoding: its symbols as a linked list, and the merges that wait.
///
/// Merges are done by rank, then from left to right. A merge whose pair has changed since it was queued is skipped
/// unless the pair that stands there now makes the same token.
struct MergeQueue {
    private struct Symbol {
        var id: Int32
        var previous: Int32
        var next: Int32
        var isRemoved = false
    }

    private struct Entry {
        /// Rank in the upper half, position in the lower.
        var order: UInt64
        var id: Int32
    }

    private var symbols: [Symbol]
    /// A binary heap, the least order first.
    private var heap: [Entry] = []

    /// - Parameter ids: the symbols of the word.
    init(_ ids: [Int32]) {
        let count = Int32(ids.count)
        symbols = ids.enumerated().map { index, id in
            Symbol(id: id, previous: Int32(index) - 1, next: Int32(index) + 1 < count ? Int32(index) + 1 : -1)
        }
    }

    /// Merges until no pair is left that has a merge.
    mutating func mergeAll(_ merges: PairTable) {
        for position in symbols.indices.dropLast() { queue(position, merges) }
        while let top = pop() {
            let position = Int(top.order & 0xFFFF_FFFF)
            let next = Int(symbols[position].next)
            if symbols[position].isRemoved || next < 0 { continue }
            guard let merge = merges[symbols[position].id, symbols[next].id], merge.id == top.id else { continue }
            symbols[position].id = merge.id
            symbols[position].next = symbols[next].next
            symbols[next].isRemoved = true
            let after = Int(symbols[next].next)
            if after >= 0 { symbols[after].previous = Int32(position) }
            if symbols[position].previous >= 0 { queue(Int(symbols[position].previous), merges) }
            queue(position, merges)
        }
    }

    /// Appends the symbols that are left.
    func appendSymbols(to ids: inout [Int32]) {
        for symbol in symbols where !symbol.isRemoved { ids.append(symbol.id) }
    }

    private mutating func queue(_ position: Int, _ merges: PairTable) {
        let next = Int(symbols[position].next)
        guard next >= 0, let merge = merges[symbols[position].id, symbols[next].id] else { return }
        heap.append(Entry(order: UInt64(merge.rank) << 32 | UInt64(position), id: merge.id))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            if heap[parent].order <= heap[child].order { break }
            heap.swapAt(parent, child)
            child = parent
        }
    }

    private mutating func pop() -> Entry? {
        guard let top = heap.first else { return nil }
        let last = heap.removeLast()
        if heap.isEmpty { return top }
        heap[0] = last
        var parent = 0
        while true {
            var least = 2 * parent + 1
            if least >= heap.count { break }
            if least + 1 < heap.count && heap[least + 1].order < heap[least].order { least += 1 }
            if heap[parent].order <= heap[least].order { break }
            heap.swapAt(parent, least)
            parent = least
        }
        return top
    }
}
