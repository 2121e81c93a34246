/// How the ids of one or two texts are joined and which special tokens are put around them.
struct PostProcessor: Sendable {
    /// A part of the result.
    enum Part: Equatable, Sendable {
        /// The first text.
        case first(typeId: Int32)
        /// The second text.
        case second(typeId: Int32)
        /// Special tokens.
        case special(ids: [Int32], typeId: Int32)
    }

    /// The parts for one text.
    let single: [Part]
    /// The parts for two texts.
    let pair: [Part]

    /// The texts one after the other, with the type ids 0 and 1.
    static let plain = PostProcessor(single: [.first(typeId: 0)], pair: [.first(typeId: 0), .second(typeId: 1)])

    /// `[CLS] A [SEP]` and `[CLS] A [SEP] B [SEP]`; the second text and its end have type 1.
    static func bert(cls: Int32, sep: Int32) -> PostProcessor {
        let head: [Part] = [.special(ids: [cls], typeId: 0), .first(typeId: 0), .special(ids: [sep], typeId: 0)]
        return PostProcessor(single: head, pair: head + [.second(typeId: 1), .special(ids: [sep], typeId: 1)])
    }

    /// `<s> A </s>` and `<s> A </s></s> B </s>`; everything has type 0.
    static func roberta(cls: Int32, sep: Int32) -> PostProcessor {
        let head: [Part] = [.special(ids: [cls], typeId: 0), .first(typeId: 0), .special(ids: [sep], typeId: 0)]
        return PostProcessor(single: head, pair: head + [.special(ids: [sep], typeId: 0), .second(typeId: 0),
                                                         .special(ids: [sep], typeId: 0)])
    }

    /// Number of special tokens that are added.
    func addedCount(isPair: Bool) -> Int {
        (isPair ? pair : single).reduce(0) { sum, part in
            if case .special(let ids, _) = part { return sum + ids.count }
            return sum
        }
    }

    /// Joins the ids of the texts, which are already truncated.
    func join(_ first: ArraySlice<Int32>, _ second: ArraySlice<Int32>?, addSpecialTokens: Bool) -> Encoding {
        let count = first.count + (second?.count ?? 0) + addedCount(isPair: second != nil)
        var encoding = Encoding(ids: [], typeIds: [])
        encoding.ids.reserveCapacity(count)
        encoding.typeIds.reserveCapacity(count)
        for part in second == nil ? single : pair {
            switch part {
            case .first(let typeId): encoding.append(first, typeId)
            case .second(let typeId): if let second { encoding.append(second, typeId) }
            case .special(let ids, let typeId): if addSpecialTokens { encoding.append(ids[...], typeId) }
            }
        }
        return encoding
    }
}

extension Encoding {
    fileprivate mutating func append(_ ids: ArraySlice<Int32>, _ typeId: Int32) {
        self.ids.append(contentsOf: ids)
        typeIds.append(contentsOf: repeatElement(typeId, count: ids.count))
    }
}
