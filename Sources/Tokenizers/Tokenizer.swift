import ComputeRuntime
import JSON
import Synchronization

/// Turns text into the ids that a model reads, exactly as the tokenizer file of the model says.
///
/// A tokenizer is immutable and may be used by several threads at the same time.
///
/// Text is Unicode: ill-formed UTF-8 has become U+FFFD when a Swift string was made of it, and is treated as that.
public final class Tokenizer: Sendable {
    /// The most tokens that the model takes, from `tokenizer_config.json`; nil if that names no practical limit.
    public let modelMaxLength: Int?
    /// Where texts that are too long are cut, from `tokenizer_config.json`; the end by default.
    public let truncationSide: TruncationSide
    /// The most tokens that `tokenizer.json` itself cuts texts to, nil if it does not. Only callers who ask for it apply it.
    public let fileMaxLength: Int?
    /// Ids of every token with a role, and of additional special tokens.
    public let specialIds: Set<Int32>
    /// Ids of the tokens with a role, nil where the tokenizer has none.
    public let padId, clsId, sepId, unkId, maskId, bosId, eosId: Int32?

    private let files: TokenizerFiles
    private let normalizer: (any Normalizer)?
    private let preTokenizer: (any PreTokenizer)?
    private let model: any TokenizerModel
    private let postProcessor: PostProcessor
    private let decoder: (any Decoder)?
    private let cleansUpSpaces: Bool
    private let addedTokens: AddedTokens
    private let modelPlace, addedPlace: Place
    private let memories = Mutex<[WordMemory]>([])

    /// Reads the tokenizer of a model folder: `tokenizer.json`, else a BERT `vocab.txt`, with the settings in
    /// `tokenizer_config.json` and `special_tokens_map.json` if they exist.
    ///
    /// The `truncation` and `padding` members of `tokenizer.json` are defaults for callers who ask for nothing else;
    /// ``EncodingOptions`` always say what is wanted, so these members have no effect.
    ///
    /// - Throws: ``TokenizerError`` naming the file and the JSON key, or what is missing.
    public init(folder: String) throws {
        files = try TokenizerFiles(folder: folder)
        let configuration = try files.json("tokenizer_config.json")
        let special = try SpecialTokens(
            configuration: configuration, map: try files.json("special_tokens_map.json"),
            isBert: files.bytes("tokenizer.json") == nil || TokenizerDefinition.isBert(configuration))
        let definition: TokenizerDefinition
        let file = files.reader(files.bytes("tokenizer.json") == nil ? "vocab.txt" : "tokenizer.json")
        (modelPlace, addedPlace) = (Place(file["model"]), Place(file["added_tokens"]))
        if files.bytes("tokenizer.json") != nil {
            definition = try TokenizerDefinition(file: try files.json("tokenizer.json"), configuration: configuration)
        } else if let vocabulary = files.bytes("vocab.txt") {
            definition = try TokenizerDefinition(bertVocabulary: vocabulary, path: folder + "/vocab.txt",
                                                 configuration: configuration, special: special)
        } else {
            throw TokenizerError.noTokenizer(folder: folder)
        }
        normalizer = definition.normalizer
        preTokenizer = definition.preTokenizer
        model = definition.model
        postProcessor = definition.postProcessor
        decoder = definition.decoder
        let asksForCleanUp = try configuration["clean_up_tokenization_spaces"].bool(default: false)
        cleansUpSpaces = asksForCleanUp && !(definition.model is BytePairEncoding)

        var added = AddedTokens()
        let configured = try TokenizerDefinition.configuredTokens(configuration)
        try addedPlace.locating {
            try added.add(definition.addedTokens, model: definition.model, normalizer: definition.normalizer)
            try added.add(configured, model: definition.model, normalizer: definition.normalizer)
            try added.add(special.tokens.filter { added.id(of: $0.content) == nil }, model: definition.model, normalizer: definition.normalizer)
        }
        addedTokens = added

        let model = model
        func id(_ role: String) -> Int32? {
            special.contentByRole[role].flatMap { added.id(of: $0) ?? model.id(of: $0) }
        }
        padId = id("pad_token")
        clsId = id("cls_token")
        sepId = id("sep_token")
        maskId = id("mask_token")
        bosId = id("bos_token")
        eosId = id("eos_token")
        unkId = id("unk_token") ?? model.unknownToken.flatMap { model.id(of: $0) }
        let roleIds = special.contentByRole.values.compactMap { added.id(of: $0) ?? model.id(of: $0) }
        specialIds = Set(roleIds + special.tokens.compactMap { added.id(of: $0.content) })
        fileMaxLength = try files.maxLength()
        modelMaxLength = try TokenizerDefinition.maxLength(configuration)
        truncationSide = try TokenizerDefinition.truncationSide(configuration)
    }

    /// Number of ids: the model's vocabulary and the tokens added to it.
    public var vocabularySize: Int {
        model.entryCount + addedTokens.byId.values.count { model.id(of: $0.content) == nil }
    }

    /// Whether both give every token the same id.
    public func hasVocabulary(of other: Tokenizer) -> Bool {
        if self === other { return true }
        let end = max(endOfIds, other.endOfIds)
        return (0..<end).allSatisfy { token($0) == other.token($0) }
    }

    /// The first id behind all that stand for something.
    private var endOfIds: Int32 { max(model.tokens.end, (addedTokens.byId.keys.max() ?? -1) + 1) }

    /// The ids of a text or of a pair of texts.
    ///
    /// - Throws: ``TokenizerError/cannotTruncate(_:)`` if the maximum length leaves no room for the special tokens, or if
    ///   the strategy may cut only a text that is missing or too short; ``TokenizerError/invalid(file:key:problem:)`` naming the part
    ///   of the tokenizer that makes too much of the text or takes too many steps; what ``Cancellation`` throws.
    public func encode(_ text: String, pair: String? = nil, options: EncodingOptions = .init()) throws -> Encoding {
        let memory = takeMemory()
        defer { giveBack(memory) }
        return try encode(TokenizerInput(first: text, second: pair), options, memory)
    }

    /// The ids of many inputs, in order; the work is shared among the threads of the pool.
    ///
    /// - Throws: as ``encode(_:pair:options:)``, for the first input that fails.
    public func encodeBatch(_ inputs: [TokenizerInput], options: EncodingOptions = .init()) throws -> [Encoding] {
        let results = Mutex<[(start: Int, part: Result<[Encoding], any Error>)]>([])
        ThreadPool.shared.runRanges(count: inputs.count, grain: 8) { range in
            let memory = takeMemory()
            defer { giveBack(memory) }
            let part = Result { try inputs[range].map { try encode($0, options, memory) } }
            results.withLock { $0.append((range.lowerBound, part)) }
        }
        let parts = results.withLock { $0 }.sorted { $0.start < $1.start }
        do {
            return try parts.flatMap { try $0.part.get() }
        } catch {
            // Work that was ended on another thread has ended for this one too.
            try Cancellation.check()
            throw error
        }
    }

    /// The texts of tokens; nil for ids that stand for nothing.
    public func tokens(for ids: [Int32]) -> [String?] { ids.map(token) }

    /// The id of a token, nil if there is none.
    public func id(of token: String) -> Int32? { addedTokens.id(of: token) ?? model.id(of: token) }

    /// The text that ids stand for. Ids that stand for nothing are left out. Spaces before punctuation go where `tokenizer_config.json`
    /// asks for it (`clean_up_tokenization_spaces`), but for byte-pair encodings, whose spaces are those of the text.
    ///
    /// - Throws: ``TokenizerError`` naming the step of the decoder that makes too much of the text.
    public func decode(_ ids: [Int32], skipSpecialTokens: Bool = false) throws -> String {
        var tokens: [String] = []
        for id in ids {
            if skipSpecialTokens && addedTokens.byId[id]?.isSpecial == true { continue }
            if let token = addedTokens.decodedForm(id) ?? token(id) { tokens.append(token) }
        }
        let limit = GrowthLimit(for: tokens.reduce(0) { $0 + $1.utf8.count })
        let text = try decoder.map { try $0.decode(tokens, limit).joined() } ?? tokens.joined(separator: " ")
        return cleansUpSpaces ? WordPieceDecoder.tidy(text) : text
    }

    /// Writes the tokenizer's files into a folder, as they were read.
    public func save(to folder: String) throws { try files.write(to: folder) }

    private func token(_ id: Int32) -> String? {
        if let added = addedTokens.byId[id] { return added.content }
        return model.tokens[id]
    }

    private func encode(_ input: TokenizerInput, _ options: EncodingOptions, _ memory: WordMemory) throws -> Encoding {
        let first = try ids(of: input.first, memory)
        let second = try input.second.map { try ids(of: $0, memory) }
        var kept: (first: Int, second: Int?) = (first.count, second?.count)
        if let maxLength = options.maxLength, options.truncation != .none {
            let added = options.addSpecialTokens ? postProcessor.addedCount(isPair: second != nil) : 0
            if maxLength < max(added, 0) {
                throw TokenizerError.cannotTruncate("a maximum length of \(maxLength) leaves no room for the \(added) special "
                    + "tokens")
            }
            kept = try options.truncation.keptLengths(first: first.count, second: second?.count, room: maxLength - added)
        }
        return postProcessor.join(cut(first, kept.first), second.map { cut($0, kept.second!) },
                                  addSpecialTokens: options.addSpecialTokens)
    }

    private func cut(_ ids: [Int32], _ count: Int) -> ArraySlice<Int32> {
        truncationSide == .right ? ids.prefix(count) : ids.suffix(count)
    }

    /// The ids of one text, without special tokens.
    private func ids(of text: String, _ memory: WordMemory) throws -> [Int32] {
        var pieces = try addedPlace.locating { try addedTokens.pieces(of: Array(text.utf8), normalizer: normalizer) }
        try preTokenizer?.cut(&pieces)
        memory.work = WorkLimit(bytes: pieces.bytes.count)
        var ids: [Int32] = []
        ids.reserveCapacity(pieces.pieces.count + pieces.pieces.count / 4)
        try modelPlace.locating {
            for piece in pieces.pieces {
                if piece.id >= 0 {
                    ids.append(piece.id)
                } else {
                    try model.tokenize(pieces.bytes, piece.range, into: &ids, memory: memory)
                }
            }
        }
        return ids
    }

    private func takeMemory() -> WordMemory { memories.withLock { $0.popLast() } ?? WordMemory() }

    private func giveBack(_ memory: WordMemory) { memories.withLock { $0.append(memory) } }
}
