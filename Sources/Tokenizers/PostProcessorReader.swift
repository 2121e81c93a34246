import JSON

/// Reads the `post_processor` member of a tokenizer file.
enum PostProcessorReader {
    static func read(_ member: ComponentReader) throws -> PostProcessor {
        if member.isMissing { return .plain }
        let type = try member["type"].string()
        switch type {
        case "BertProcessing": return .bert(cls: try tokenWithId(member["cls"]), sep: try tokenWithId(member["sep"]))
        case "RobertaProcessing": return .roberta(cls: try tokenWithId(member["cls"]), sep: try tokenWithId(member["sep"]))
        case "TemplateProcessing": return try template(member)
        case "ByteLevel": return .plain
        case "Sequence":
            let steps = try member["processors"].elements()
            let adding = try steps.filter { try $0["type"].string() != "ByteLevel" }
            if adding.count > 1 {
                throw adding[1].problem("a second post-processor that adds tokens is not supported")
            }
            return try adding.first.map(read) ?? .plain
        default: throw member["type"].problem("unknown post-processor \"\(type)\"")
        }
    }

    /// The id in a pair such as `["[SEP]", 102]`.
    private static func tokenWithId(_ member: ComponentReader) throws -> Int32 {
        let pair = try member.elements()
        if pair.count != 2 { throw member.problem("expected a token and its id") }
        return Int32(try pair[1].count())
    }

    private static func template(_ member: ComponentReader) throws -> PostProcessor {
        let tokens = member["special_tokens"]
        let single = try parts(member["single"], tokens)
        if single.contains(where: { if case .second = $0 { return true } else { return false } }) {
            throw member["single"].problem("uses the second text")
        }
        return PostProcessor(single: single, pair: try parts(member["pair"], tokens))
    }

    /// The most special tokens of a template.
    private static let tokenLimit = 1_024

    private static func parts(_ member: ComponentReader, _ tokens: ComponentReader) throws -> [PostProcessor.Part] {
        var tokenCount = 0
        var texts: Set<String> = []
        return try member.elements().map { element in
            let sequence = element["Sequence"], special = element["SpecialToken"]
            if !sequence.isMissing {
                let typeId = Int32(try sequence["type_id"].count())
                let name = try sequence["id"].string()
                if !texts.insert(name).inserted { throw sequence["id"].problem("uses the text \(name) twice") }
                switch name {
                case "A": return .first(typeId: typeId)
                case "B": return .second(typeId: typeId)
                default: throw sequence["id"].problem("\"\(name)\" is neither A nor B")
                }
            }
            if special.isMissing { throw element.problem("expected Sequence or SpecialToken") }
            let entry = tokens[try special["id"].string()]
            if entry.isMissing { throw entry.problem("missing, but \(special.key).id refers to it") }
            let ids = try entry["ids"].elements()
            tokenCount += ids.count
            if tokenCount > tokenLimit { throw member.problem("more than \(tokenLimit) special tokens") }
            return .special(ids: try ids.map { Int32(try $0.count()) },
                            typeId: Int32(try special["type_id"].count()))
        }
    }
}
