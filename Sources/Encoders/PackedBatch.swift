/// Token sequences end to end, without padding: what every part of an encoder reads.
public struct PackedBatch {
    /// Token ids of all sequences, `[tokens]`.
    public let ids: [Int32]
    /// The segment of each token, 0 for the first text and 1 for the second, `[tokens]`.
    public let typeIds: [Int32]
    /// Sequence `s` is `offsets[s] ..< offsets[s + 1]`; one more entry than sequences.
    public let offsets: [Int]

    /// - Parameter sequences: ids and type ids of each sequence, of equal length and not empty.
    public init(_ sequences: [(ids: [Int32], typeIds: [Int32])]) {
        var ids: [Int32] = [], typeIds: [Int32] = [], offsets = [0]
        let total = sequences.reduce(0) { $0 + $1.ids.count }
        ids.reserveCapacity(total)
        typeIds.reserveCapacity(total)
        for sequence in sequences {
            precondition(!sequence.ids.isEmpty && sequence.ids.count == sequence.typeIds.count, "a sequence without tokens or types")
            ids += sequence.ids
            typeIds += sequence.typeIds
            offsets.append(ids.count)
        }
        self.ids = ids
        self.typeIds = typeIds
        self.offsets = offsets
    }

    /// Number of sequences.
    public var sequenceCount: Int { offsets.count - 1 }

    /// Number of tokens in all.
    public var tokenCount: Int { ids.count }

    /// Tokens of the longest sequence.
    public var longest: Int { (0..<sequenceCount).map { offsets[$0 + 1] - offsets[$0] }.max() ?? 0 }

    /// The position of each token in its sequence, counted from `first`, `[tokens]`.
    /// - Parameter padding: a token that is not counted where a text contains it, and has the position before the first; as the
    ///   reference's `create_position_ids_from_input_ids` has it.
    public func positions(from first: Int = 0, padding: Int32? = nil) -> [Int32] {
        var positions: [Int32] = []
        positions.reserveCapacity(tokenCount)
        for sequence in 0..<sequenceCount {
            var next = Int32(first)
            for id in ids[offsets[sequence] ..< offsets[sequence + 1]] {
                if id == padding {
                    positions.append(Int32(first) - 1)
                } else {
                    positions.append(next)
                    next += 1
                }
            }
        }
        return positions
    }

    /// The row of each sequence's first token, `[sequences]`.
    public var firstRows: [Int32] { offsets.dropLast().map { Int32($0) } }
}
