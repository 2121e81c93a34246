import LuaHost
import TestSupport
import Testing

@Suite struct AdapterBindingTests {
    let lua: LuaSession
    let folder = TemporaryFolder()

    private static let fixtures = String(#filePath.dropLast("BindingsTests/AdapterTests.swift".count)) + "EncodersTests/Fixtures/"

    init() throws {
        lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Self.fixtures))
        try lua.state.globals.set("folder", .string(folder.path))
        try lua.run("""
            model = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            texts = { "the dog runs", "a cat sleeps in the house" }
            function far(a, b) return (a - b):abs():max():item() end
            """)
    }

    @Test func adaptersAreMadeChosenMergedAndSaved() throws {
        let text = try lua.text("""
            local before = model:encode(texts)
            model:add_adapter { r = 4, lora_alpha = 16, target_modules = { "query", "dense" }, init_lora_weights = false, seed = 1 }
            local first = model:encode(texts)
            assert(far(before, first) > 1e-3)
            model:add_adapter { adapter_name = "second", target_modules = "all-linear", rank_pattern = { key = 3 }, init_lora_weights = false }
            assert(table.concat(model:active_adapters(), ",") == "second")
            model:set_adapter("default")
            assert(far(model:encode(texts), first) == 0)
            model:save_pretrained(folder .. "/adapter")
            model:set_adapter { "default", "second" }
            model:disable_adapters()
            assert(far(model:encode(texts), before) == 0)
            model:enable_adapters()
            model:delete_adapter("second")
            model:merge_adapter()
            assert(far(model:encode(texts), first) < 1e-5)
            model:unmerge_adapter()
            assert(far(model:encode(texts), first) == 0)
            local state = model:get_adapter_state_dict()
            assert(state["encoder.layer.0.attention.self.query.lora_A.weight"]:shape()[1] == 4)
            assert(model:merge_and_unload() == model)
            assert(far(model:encode(texts), first) < 1e-5)

            local again = sentx.SentenceTransformer(folder .. "/adapter")
            assert(far(again:encode(texts), first) == 0)
            local other = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            other:load_adapter(folder .. "/adapter", { adapter_name = "read", is_trainable = true })
            assert(far(other:encode(texts), first) == 0)
            local trained = 0
            for _, p in ipairs(other:named_parameters()) do
              if p.tensor.requires_grad then trained = trained + 1; assert(p.name:find("lora_") or p.name:find("^2")) end
            end
            return trained
            """)
        // A and B of eight layers, and the Dense module.
        #expect(text == "18")
    }

    @Test func mistakesNameTheOption() {
        #expect(lua.errorMessage("model:add_adapter { rank = 4 }").hasPrefix("Model:add_adapter: unknown option 'rank'"))
        #expect(lua.errorMessage("model:add_adapter { lora_dropout = 1 }").contains("option 'lora_dropout': must be from 0 to below 1"))
        #expect(lua.errorMessage("model:add_adapter { bias = 'some' }").contains("expected one of 'none', 'all', 'lora_only'"))
        #expect(lua.errorMessage("model:active_adapters()").contains("the model has no adapter"))
        #expect(lua.errorMessage("model:keep_layers { 2, 1 }").contains("indices from 1 to 2 in ascending order are wanted"))
    }

    @Test func aStudentKeepsLayersOfItsTeacher() throws {
        #expect(try lua.text("return #model:keep_layers({ 2 }):parameters()") == "23")
    }
}
