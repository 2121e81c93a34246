/// The normaliser of BERT. In this order: remove controls and turn white space into spaces, set ideographs apart with
/// spaces, decompose and drop accents, lower case.
final class BertNormalizer: Normalizer {
    private let cleansText: Bool
    private let isolatesIdeographs: Bool
    private let stripsAccents: Bool
    private let lowercases: Bool
    /// What becomes of each scalar: itself or another, or one of the marks below.
    private let results: ScalarTable<UInt32>

    /// Marks in ``results``; they lie above all scalars.
    private enum Mark {
        static let dropped: UInt32 = 0x20_0000
        /// An ideograph, to be written between spaces.
        static let isolated: UInt32 = 0x20_0001
        /// Several scalars.
        static let several: UInt32 = 0x20_0002
        /// A combining scalar stays, so that the order of the scalars matters.
        static let ordered: UInt32 = 0x20_0003
    }

    init(cleansText: Bool, isolatesIdeographs: Bool, stripsAccents: Bool, lowercases: Bool) {
        self.cleansText = cleansText
        self.isolatesIdeographs = isolatesIdeographs
        self.stripsAccents = stripsAccents
        self.lowercases = lowercases
        results = ScalarTable { scalar in
            let kind = CharacterClass.of[scalar.value]
            if cleansText && kind.contains(.removedByBert) { return Mark.dropped }
            if cleansText && kind.contains(.whitespace) { return 0x20 }
            var folded: [UInt32] = []
            Self.fold(scalar.value, stripsAccents: stripsAccents, lowercases: lowercases, into: &folded)
            if stripsAccents && folded.contains(where: { NormalForm.combiningClass($0) != 0 }) { return Mark.ordered }
            if isolatesIdeographs && kind.contains(.ideograph) { return Mark.isolated }
            if folded.isEmpty { return Mark.dropped }
            return folded.count == 1 ? folded[0] : Mark.several
        }
    }

    func normalize(_ text: [UInt8], _ limit: GrowthLimit) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(text.count + text.count / 8)
        var index = 0
        while index < text.count {
            let (value, width) = UTF8Text.scalar(text, index)
            index += width
            let result = results[value]
            if result < Mark.dropped {
                UTF8Text.append(result, to: &output)
                continue
            }
            switch result {
            case Mark.dropped: break
            case Mark.isolated:
                output.append(0x20)
                appendFolded(value, to: &output)
                output.append(0x20)
            case Mark.several: appendFolded(value, to: &output)
            default: return normalizeInOrder(text)
            }
        }
        return output
    }

    private func appendFolded(_ value: UInt32, to output: inout [UInt8]) {
        var folded: [UInt32] = []
        Self.fold(value, stripsAccents: stripsAccents, lowercases: lowercases, into: &folded)
        for scalar in folded { UTF8Text.append(scalar, to: &output) }
    }

    /// The same, step by step over the whole text, with the canonical order of combining scalars.
    private func normalizeInOrder(_ text: [UInt8]) -> [UInt8] {
        var scalars: [UInt32] = []
        for value in UTF8Text.scalars(text) {
            let kind = CharacterClass.of[value]
            if cleansText && kind.contains(.removedByBert) { continue }
            if cleansText && kind.contains(.whitespace) {
                scalars.append(0x20)
                continue
            }
            let isolated = isolatesIdeographs && kind.contains(.ideograph)
            if isolated { scalars.append(0x20) }
            NormalForm.decompose(value, compatibility: false, into: &scalars)
            if isolated { scalars.append(0x20) }
        }
        NormalForm.reorder(&scalars)
        scalars.removeAll { CharacterClass.of[$0].contains(.nonspacingMark) }
        let output = UTF8Text.bytes(scalars)
        return lowercases ? LetterCase.lower(output) : output
    }

    private static func fold(_ value: UInt32, stripsAccents: Bool, lowercases: Bool, into folded: inout [UInt32]) {
        if stripsAccents {
            NormalForm.decompose(value, compatibility: false, into: &folded)
            folded.removeAll { CharacterClass.of[$0].contains(.nonspacingMark) }
        } else {
            folded.append(value)
        }
        if !lowercases { return }
        var text: [UInt8] = []
        for scalar in folded { LetterCase.appendLower(scalar, to: &text) }
        folded = UTF8Text.scalars(text)
    }
}
