import TestSupport
import Testing

@Suite struct TokenizerBindingTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    init() throws {
        lua = try LuaSession()
        _ = folder.write("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nthe\nboat\n##s\n.\n", to: "vocab.txt")
        _ = folder.write(#"{"cls_token": "[CLS]", "pad_token": "[PAD]", "model_max_length": 64}"#, to: "tokenizer_config.json")
        try lua.run("tokenizer = sentx.Tokenizer('\(folder.path)')")
    }

    @Test(arguments: [
        (#"table.concat(tokenizer:encode("The boats."), " ")"#, "2 5 6 7 8 3"),
        (#"table.concat(tokenizer:encode("the", "boats"), " ")"#, "2 5 3 6 7 3"),
        (#"table.concat(tokenizer:encode("the boats", { max_length = 4 }), " ")"#, "2 5 6 3"),
        (#"table.concat(tokenizer:encode("the boats", "the", { max_length = 5, truncation = "only_first" }), " ")"#, "2 5 3 5 3"),
        (#"table.concat(tokenizer:encode("zebra", { add_special_tokens = false }), " ")"#, "1"),
        (#"table.concat(tokenizer:tokenize("The boats"), " ")"#, "the boat ##s"),
        (#"tokenizer:decode({ 2, 5, 6, 7, 8, 3 }, { skip_special_tokens = true })"#, "the boats."),
        (#"table.concat(tokenizer:convert_ids_to_tokens({ 6, 7 }), " ")"#, "boat ##s"),
        (#"tokenizer:convert_tokens_to_ids("boat") .. " " .. tokenizer:convert_tokens_to_ids("ship")"#, "6 1"),
        (#"#tokenizer .. " " .. tokenizer.vocab_size .. " " .. tokenizer.cls_token_id .. " " .. tokenizer.model_max_length"#, "9 9 2 64"),
        (#"tostring(tokenizer.bos_token_id) .. " " .. tostring(tokenizer)"#, "nil Tokenizer (9 tokens)"),
    ])
    func tokenizersWorkFromLua(expression: String, result: String) throws {
        #expect(try lua.text("return " + expression) == result)
    }
}
