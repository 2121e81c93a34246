/// The tokens of a vocabulary by their ids. Ids may leave gaps; a file with a few tokens and huge ids takes no more memory than one
/// without gaps.
struct TokenNames: Sendable {
    private var dense: [String?] = []
    private var sparse: [Int32: String] = [:]
    /// The first id behind all tokens.
    let end: Int32

    init(_ names: [String]) {
        dense = names
        end = Int32(names.count)
    }

    init(_ entries: [(token: String, id: Int32)]) {
        end = (entries.map(\.id).max() ?? -1) + 1
        if Int(end) > 4 * entries.count + 1024 {
            for (token, id) in entries { sparse[id] = token }
        } else {
            dense = Array(repeating: nil, count: Int(end))
            for (token, id) in entries { dense[Int(id)] = token }
        }
    }

    /// The token of an id, nil where there is none.
    subscript(id: Int32) -> String? {
        if !sparse.isEmpty { return sparse[id] }
        return id >= 0 && Int(id) < dense.count ? dense[Int(id)] : nil
    }
}
