import JSON

/// The tokens of a vocabulary with their ids, in the order of the file.
struct VocabularyEntries {
    /// The largest id that is believed; real vocabularies have up to a few hundred thousand entries.
    static let largestId: Int64 = 16_777_215

    var entries: [(token: String, id: Int32)] = []

    /// Reads `{"token": id, ...}`.
    init(_ member: ComponentReader) throws {
        let object = try member.object()
        entries.reserveCapacity(object.count)
        for (token, value) in object {
            guard case .integer(let id) = value, id >= 0, id <= Self.largestId else {
                throw member.problem("the id of token \"\(token)\" is not an integer from 0 to \(Self.largestId)")
            }
            entries.append((token, Int32(id)))
        }
    }

    /// Reads a BERT `vocab.txt`: one token per line, numbered from 0.
    init(lines text: String) {
        var id: Int32 = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            entries.append((String(Substring(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)), id))
            id += 1
        }
        if text.utf8.last == UInt8(ascii: "\n") || text.isEmpty { entries.removeLast() }
    }

    init(entries: [(token: String, id: Int32)]) {
        self.entries = entries
    }

    /// The tokens by id.
    func tokensById() -> TokenNames { TokenNames(entries) }

    /// The tokens as a table of bytes.
    func table() -> TokenTable {
        var table = TokenTable(capacity: entries.count)
        for (token, id) in entries { table.insert(token.utf8, id: id) }
        return table
    }

    /// The id of `token`, nil if it is not there.
    func id(of token: String) -> Int32? { entries.last { $0.token.utf8.elementsEqual(token.utf8) }?.id }
}
