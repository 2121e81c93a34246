import Encoders
import Files
import Tokenizers

/// Use of a tokenizer that was read, and what must hold whatever its files say.
enum TokenizerCheck {
    /// Texts that are hard for normalisers, pre-tokenisers and models.
    static let texts = [
        "", " ", "The cat sat on 1234 mats, isn't it?", "  two  spaces\t\n\r\n", "Ünïcödé ÄÖÜß e\u{301}\u{302} ﬁ Ⅷ ½ İı", "日本語 中文 한국어 ไทย عربى",
        "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467} \u{1F1E9}\u{1F1EA}", "[CLS] [MASK][PAD] <s></s><unk>", "\0\u{1}\u{FFFD}\u{FEFF}\u{10FFFF}", "a-b_c.d/e\\f\"g'",
        String(repeating: "a", count: 600), String(repeating: "ab cd ", count: 200), String(repeating: "\u{301}", count: 200),
    ]

    /// - Parameter folder: where the tokenizer is saved.
    static func use(_ tokenizer: Tokenizer, texts: [String] = TokenizerCheck.texts, savesTo folder: String? = nil) throws {
        for text in texts {
            for (pair, options) in [
                (nil, EncodingOptions()), ("pair", EncodingOptions(maxLength: 8)), (nil, EncodingOptions(maxLength: 3, addSpecialTokens: false)),
            ] as [(String?, EncodingOptions)] {
                guard let encoding = try? tokenizer.encode(text, pair: pair, options: options) else { continue }
                try check(encoding, options, tokenizer)
            }
        }
        let batch = try? tokenizer.encodeBatch(texts.map { TokenizerInput(first: $0) })
        for (text, encoding) in zip(texts, batch ?? []) {
            guard let alone = try? tokenizer.encode(text), alone.ids == encoding.ids else { throw WrongAnswer("ids depend on other texts: \(text.prefix(40))") }
        }
        guard let folder else { return }
        // Over what another tokenizer left there.
        try Folder.create(folder)
        try tokenizer.save(to: folder)
        let again: Tokenizer
        do { again = try Tokenizer(folder: folder) } catch { throw WrongAnswer("what was saved is refused: \(error)") }
        if (try? again.encode(texts[2]).ids) != (try? tokenizer.encode(texts[2]).ids) { throw WrongAnswer("a saved tokenizer gives other ids") }
    }

    private static func check(_ encoding: Encoding, _ options: EncodingOptions, _ tokenizer: Tokenizer) throws {
        guard encoding.ids.count == encoding.typeIds.count else { throw WrongAnswer("\(encoding.ids.count) ids, \(encoding.typeIds.count) types") }
        if let longest = options.maxLength, encoding.ids.count > longest { throw WrongAnswer("\(encoding.ids.count) ids where \(longest) are allowed") }
        for id in encoding.ids where id < 0 { throw WrongAnswer("id \(id)") }
        _ = tokenizer.tokens(for: encoding.ids)
        _ = try tokenizer.decode(encoding.ids)
        _ = try tokenizer.decode(encoding.ids, skipSpecialTokens: true)
    }
}
