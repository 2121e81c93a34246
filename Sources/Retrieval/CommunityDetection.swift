import Encoders
import Tensors

/// How communities are looked for.
public struct CommunityOptions {
    /// The least cosine with the centre.
    public var threshold = 0.75
    /// The least number of members.
    public var minCommunitySize = 10
    /// Rows that are compared with all others at a time; fewer where scores would not fit into 64 MB.
    public var batchSize = 1_024

    public init() {}
}

/// Groups of embeddings that are near to a central one: rows whose cosine with the centre is at least the threshold,
/// or equals it but for rounding.
///
/// Every row is tried as a centre. The largest group is taken first; rows that it has are no longer free for others.
///
/// - Parameters:
///   - embeddings: `[rows, dimension]`
///   - checkpoint: called between blocks of work with the number of finished rows; may throw to stop.
/// - Returns: the rows of each community, from 0, the largest community first; the first row is the centre, the others
///   follow by descending similarity with it.
/// - Throws: ``TensorError`` for embeddings that are not a matrix of finite numbers.
public func communityDetection(
    _ embeddings: Tensor, options: CommunityOptions = CommunityOptions(), checkpoint: (Int) throws -> Void = { _ in }
) throws -> [[Int]] {
    let embeddings = embeddings.rank == 1 ? try embeddings.unsqueeze(0) : embeddings
    try SimilarityFunction.check(embeddings, embeddings)
    let rowCount = embeddings.shape[0]
    if let bad = TextEmbeddings.dense(embeddings).firstNotFinite {
        throw TensorError("community detection: embedding \(bad.row + 1) of \(rowCount) holds \(bad.value)")
    }
    let least = max(1, options.minCommunitySize)
    if rowCount < least { return [] }
    let unit = SimilarityFunction.cosine.prepared(embeddings)
    let threshold = Float(options.threshold)
    var candidates: [(centre: Int, members: [Int32])] = []
    let batch = min(max(1, options.batchSize), max(1, (1 << 24) / rowCount))
    for start in stride(from: 0, to: rowCount, by: batch) {
        let length = min(batch, rowCount - start)
        let scores = try SimilarityFunction.dot.matrix(try unit.narrow(dim: 0, start: start, length: length), unit)
        for row in 0..<length {
            let line = UnsafeBufferPointer(start: scores.floats + row * rowCount, count: rowCount)
            var members = line.indices.filter { !SimilarityTolerance.isBelow(line[$0], threshold) }
            if members.count < least { continue }
            members.sort { line[$0] != line[$1] ? line[$0] > line[$1] : $0 < $1 }
            candidates.append((start + row, members.map { Int32($0) }))
        }
        try checkpoint(start + length)
    }
    // Sorting is stable: of communities of one size, the one with the earlier centre is first.
    candidates.sort { $0.members.count > $1.members.count }
    var isTaken = [Bool](repeating: false, count: rowCount)
    var communities: [[Int]] = []
    for (centre, members) in candidates where !isTaken[centre] {
        let free = members.lazy.map { Int($0) }.filter { !isTaken[$0] }
        if free.count < least { continue }
        let community = [centre] + free.filter { $0 != centre }
        for row in community { isTaken[row] = true }
        communities.append(community)
    }
    communities.sort { $0.count > $1.count }
    return communities
}
