import Datasets
import Encoders
import Tokenizers

/// How the lengths of the texts compare with what the model reads.
enum LengthChecks {
    static let all: [Preflight.Check] = [lengths]

    /// Rows looked at, evenly spread.
    private static let sampleSize = 1000

    static func lengths(_ subject: PreflightSubject) -> [PreflightFinding] {
        let (model, name, inputs) = (subject.model, subject.model.lengthName, subject.model.inputName)
        guard let limit = model.maxLength, let count = model.tokenCounts else { return [] }
        let sample = model.readsPairs ? pairs(subject.train) : texts(subject.train)
        guard sample.count > 0, let lengths = try? count(sample) else { return [] }
        let longest = lengths.max() ?? 0
        let cut = lengths.filter { $0 > limit }.count
        if Double(cut) > 0.05 * Double(lengths.count) {
            return [PreflightFinding("truncation", .warning,
                "\(RowChecks.share(cut, lengths.count)) of \(lengths.count) \(inputs) looked at are longer "
                + "than \(name) \(limit) and lose their ends (the longest has \(longest) tokens)",
                fix: "raise \(name) as far as the model allows, or split long documents")]
        }
        let roomy = ((longest + 31) / 32 + 1) * 32
        if cut == 0, limit >= 4 * max(16, longest), roomy < limit {
            return [PreflightFinding("max-length", .note,
                "\(name) is \(limit) and the longest of \(lengths.count) \(inputs) looked at has \(longest) "
                + "tokens; this costs nothing here, where nothing is padded, but elsewhere it may",
                fix: "set \(name) = \(roomy)")]
        }
        return []
    }

    private static func rows(_ source: LossBatchSource) -> StrideTo<Int> {
        stride(from: 0, to: source.rowCount, by: max(1, source.rowCount / sampleSize))
    }

    private static func pairs(_ source: LossBatchSource) -> [TokenizerInput] {
        guard source.inputs.count >= 2 else { return [] }
        return rows(source).compactMap { row in
            guard let query = source.inputs[0][row].asString else { return nil }
            let cell = source.inputs[1][row]
            return (cell.asString ?? cell.asList?.first?.asString).map { TokenizerInput(first: query, second: $0) }
        }
    }

    /// The texts of all columns, with their prompts.
    private static func texts(_ source: LossBatchSource) -> [TokenizerInput] {
        source.inputs.indices.flatMap { column -> [TokenizerInput] in
            let prompt = source.routes.isEmpty ? "" : source.routes[column].prompt ?? ""
            return rows(source).compactMap { source.inputs[column][$0].asString.map { TokenizerInput(first: prompt + $0) } }
        }
    }
}
