import Datasets
import Encoders

/// How the lengths of the texts compare with what the model reads.
enum LengthChecks {
    static let all: [Preflight.Check] = [lengths]

    /// Pairs looked at, evenly spread.
    private static let sampleSize = 1000

    static func lengths(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard let limit = subject.model.maxLength, let count = subject.model.tokenCounts else { return [] }
        let pairs = sample(subject.train)
        guard pairs.count > 0, let lengths = try? count(pairs) else { return [] }
        let longest = lengths.max() ?? 0
        let cut = lengths.filter { $0 > limit }.count
        if Double(cut) > 0.05 * Double(lengths.count) {
            return [PreflightFinding("truncation", .warning, "\(RowChecks.share(cut, lengths.count)) of \(lengths.count) pairs looked at are longer than "
                + "max_length \(limit) and lose their ends (the longest has \(longest) tokens)",
                fix: "raise max_length as far as the model allows, or split long documents")]
        }
        if cut == 0, limit >= 4 * max(16, longest) {
            return [PreflightFinding("max-length", .note, "max_length is \(limit) and the longest of \(lengths.count) pairs looked at has \(longest) "
                + "tokens; this costs nothing here, where nothing is padded, but elsewhere it may",
                fix: "set max_length = \(((longest + 31) / 32 + 1) * 32)")]
        }
        return []
    }

    private static func sample(_ source: LossBatchSource) -> [TextPair] {
        guard source.inputs.count >= 2, source.rowCount > 0 else { return [] }
        let stride = max(1, source.rowCount / sampleSize)
        return Swift.stride(from: 0, to: source.rowCount, by: stride).compactMap { row in
            guard let query = source.inputs[0][row].asString else { return nil }
            let cell = source.inputs[1][row]
            return (cell.asString ?? cell.asList?.first?.asString).map { TextPair(query, $0) }
        }
    }
}
