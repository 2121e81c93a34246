/// Keeps the `k` greatest of a stream of scores, in two caller-owned arrays that form a binary heap with the least of
/// them in front. Of equal scores, the one with the smaller index stays. NaN is never kept.
///
/// Indices must be offered in ascending order.
///
/// - Parameters:
///   - scores: `[count]`, the next scores of the stream.
///   - firstIndex: the index of `scores[0]`; the others follow.
///   - heapScores: `[k]`, of which `filled` are in use.
///   - heapIndices: `[k]`, the index of each.
///   - filled: how many scores the heap holds; grows up to `k`.
public func pushTopK(
    _ scores: UnsafePointer<Float>, count: Int, firstIndex: Int32,
    heapScores: UnsafeMutablePointer<Float>, heapIndices: UnsafeMutablePointer<Int32>, k: Int, filled: inout Int
) {
    var position = 0
    while position < count && filled < k {
        if !scores[position].isNaN {
            heapScores[filled] = scores[position]
            heapIndices[filled] = firstIndex + Int32(position)
            filled += 1
            siftUp(heapScores, heapIndices, from: filled - 1)
        }
        position += 1
    }
    if k == 0 { return }
    // Few scores pass the threshold once the heap is warm, so sixteen are tried at a time.
    while position + 16 <= count {
        let sixteen = UnsafeRawPointer(scores + position).loadUnaligned(as: SIMD16<Float>.self)
        if any(sixteen .> SIMD16(repeating: heapScores[0])) {
            for offset in 0..<16 { offer(scores[position + offset], firstIndex + Int32(position + offset), heapScores, heapIndices, k) }
        }
        position += 16
    }
    while position < count {
        offer(scores[position], firstIndex + Int32(position), heapScores, heapIndices, k)
        position += 1
    }
}

/// Turns a heap made by ``pushTopK`` into a list by descending score, equal scores by ascending index.
///
/// - Parameters:
///   - heapScores: `[filled]`, overwritten.
///   - heapIndices: `[filled]`, overwritten.
public func sortTopK(_ heapScores: UnsafeMutablePointer<Float>, _ heapIndices: UnsafeMutablePointer<Int32>, filled: Int) {
    var remaining = filled
    while remaining > 1 {
        remaining -= 1
        swapEntries(heapScores, heapIndices, 0, remaining)
        siftDown(heapScores, heapIndices, remaining)
    }
}

@inline(__always)
private func offer(
    _ score: Float, _ index: Int32, _ heapScores: UnsafeMutablePointer<Float>, _ heapIndices: UnsafeMutablePointer<Int32>, _ k: Int
) {
    if !(score > heapScores[0]) { return }
    heapScores[0] = score
    heapIndices[0] = index
    siftDown(heapScores, heapIndices, k)
}

/// Whether entry `a` ranks behind entry `b`.
@inline(__always)
private func isWorse(_ scores: UnsafePointer<Float>, _ indices: UnsafePointer<Int32>, _ a: Int, _ b: Int) -> Bool {
    scores[a] != scores[b] ? scores[a] < scores[b] : indices[a] > indices[b]
}

@inline(__always)
private func swapEntries(_ scores: UnsafeMutablePointer<Float>, _ indices: UnsafeMutablePointer<Int32>, _ a: Int, _ b: Int) {
    (scores[a], scores[b]) = (scores[b], scores[a])
    (indices[a], indices[b]) = (indices[b], indices[a])
}

private func siftUp(_ scores: UnsafeMutablePointer<Float>, _ indices: UnsafeMutablePointer<Int32>, from start: Int) {
    var child = start
    while child > 0, isWorse(scores, indices, child, (child - 1) / 2) {
        swapEntries(scores, indices, child, (child - 1) / 2)
        child = (child - 1) / 2
    }
}

private func siftDown(_ scores: UnsafeMutablePointer<Float>, _ indices: UnsafeMutablePointer<Int32>, _ count: Int) {
    var parent = 0
    while true {
        var worst = parent
        for child in [2 * parent + 1, 2 * parent + 2] where child < count && isWorse(scores, indices, child, worst) { worst = child }
        if worst == parent { return }
        swapEntries(scores, indices, parent, worst)
        parent = worst
    }
}
