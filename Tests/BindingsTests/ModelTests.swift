import Bindings
import ComputeRuntime
import LuaHost
import TestSupport
import Kernels
import Testing

@Suite struct ModelTests {
    let lua: LuaSession

    /// The tiny models that the encoder tests compare with the reference.
    private static let fixtures = String(#filePath.dropLast("BindingsTests/ModelTests.swift".count)) + "EncodersTests/Fixtures/"

    init() throws {
        lua = try LuaSession()
        try lua.state.globals.set("fixtures", .string(Self.fixtures))
        try lua.run("""
            ranker = sentx.CrossEncoder(fixtures .. "ranker")
            classifier = sentx.CrossEncoder(fixtures .. "cross-encoder", { max_length = 20, activation_fn = "sigmoid" })
            embedder = sentx.SentenceTransformer(fixtures .. "sentence-transformer")
            """)
    }

    @Test func predictGivesATensorForPairsAndAScalarForOne() throws {
        let text = try lua.text("""
            local scores = ranker:predict({ { "the dog", "runs" }, { "a cat", "sleeps in the house" } }, { batch_size = 1 })
            assert(#scores:shape() == 1 and scores:shape()[1] == 2)
            local one = ranker:predict({ "the dog", "runs" })
            assert(#one:shape() == 0 and math.abs(one:item() - scores:totable()[1]) < 1e-6)
            local classes = classifier:predict({ { "a", "b" } }, { activation_fn = "identity", apply_softmax = true }):totable()[1]
            assert(#classes == 3 and math.abs(classes[1] + classes[2] + classes[3] - 1) < 1e-6)
            return string.format("%d %d %d %s", ranker.num_labels, classifier.num_labels, classifier.max_length, classifier.activation_fn)
            """)
        #expect(text == "1 3 20 sigmoid")
    }

    @Test func rankCountsDocumentsFromOne() throws {
        let text = try lua.text("""
            local documents = { "berlin is a city.", "a dog runs", "the water is blue" }
            local hits = ranker:rank("the red dog", documents, { top_k = 2, return_documents = true })
            assert(#hits == 2 and hits[1].score >= hits[2].score)
            assert(hits[1].text == documents[hits[1].corpus_id])
            assert(ranker:rank("q", documents)[3].text == nil)
            return #ranker:rank("q", {})
            """)
        #expect(text == "0")
    }

    @Test func encodeGivesAMatrixForTextsAndAVectorForOne() throws {
        let text = try lua.text("""
            local two = embedder:encode({ "the dog runs", "a cat" }, { normalize_embeddings = true })
            local one = embedder:encode("the dog runs")
            assert(#one:shape() == 1)
            assert(math.abs(embedder:similarity(one, two):totable()[1][1] - 1) < 1e-5)
            assert(embedder:encode_query("people"):shape()[1] == 8)
            assert(embedder:get_sentence_embedding_dimension() == 8 and embedder.max_seq_length == 16)
            local s = two:shape()
            return s[1] .. "x" .. s[2]
            """)
        #expect(text == "2x8")
    }

    @Test func gradientsReachTheParametersOfATrainingLoopInLua() throws {
        let text = try lua.text("""
            ranker:train()
            local loss = ranker:logits({ { "the dog", "runs" } }):sum()
            loss:backward()
            local with = 0
            for _, p in ipairs(ranker:named_parameters()) do if p.tensor.grad then with = with + 1 end end
            ranker:eval()
            assert(with == #ranker:parameters() and not ranker.training)
            return with
            """)
        #expect(text == "41")
    }

    @Test func aSavedModelLoadsAgain() throws {
        let folder = TemporaryFolder()
        try lua.state.globals.set("folder", .string(folder("saved")))
        let text = try lua.text("""
            ranker:save_pretrained(folder)
            local again = sentx.CrossEncoder(folder)
            local pair = { "a", "b" }
            return again:predict(pair):item() == ranker:predict(pair):item()
            """)
        #expect(text == "true")
    }

    @Test func pushingWithoutATokenReturnsFalse() throws {
        #expect(try lua.text("return ranker:push_to_hub('me/model')") == "false")
    }

    @Test func savingAndPushingRefuseOptionsThatTheyDoNotHave() throws {
        let folder = TemporaryFolder()
        try lua.state.globals.set("folder", .string(folder("saved")))
        #expect(lua.errorMessage("ranker:save_pretrained(folder, { safe_serialization = false })").contains("unknown option 'safe_serialization'"))
        #expect(folder.entries.isEmpty)
        #expect(lua.errorMessage("ranker:push_to_hub('me/model', { private = true })").contains("unknown option 'private'"))
    }

    @Test func aPrecisionThatTheProcessorLacksIsNamed() throws {
        for set in InstructionSet.allCases {
            for precision in ComputePrecision.allCases {
                let text = UnservedPrecision.text(precision, with: set)
                #expect((text == nil) == (precision.served(by: set) == precision))
                #expect(text?.contains("compute_precision = \"\(precision.rawValue)\"") != false && text?.contains("in float32") != false)
            }
        }
        #expect(UnservedPrecision.text(.float32, with: .portable) == nil && UnservedPrecision.text(.int8, with: .avx2) == nil)
        #expect(UnservedPrecision.text(.int8, with: .avx512) != nil && UnservedPrecision.text(.bfloat16, with: .avx2) != nil)
    }

    @Test func bf16GivesNearlyTheSameNumbers() throws {
        let found = try InstructionSet.with(.detected) { try lua.text("""
            local lowest = \(InstructionSet.detected < .avx512bf16 ? -1 : 0)
            local function near(a, b) local d = (a - b):abs():max():item() return d > lowest and d < 0.02 end
            local texts, pair = { "the dog runs", "a cat sleeps in the house" }, { { "the dog", "runs" } }
            return tostring(near(embedder:encode(texts), embedder:encode(texts, { bf16 = true }))) .. " "
                .. tostring(near(ranker:predict(pair), ranker:predict(pair, { bf16 = true }))) .. " "
                .. #ranker:rank("the dog", texts, { bf16 = true })
            """) }
        #expect(found == "true true 2")
        #expect(lua.errorMessage("embedder:encode('a', { bf16 = 1 })").contains("bf16"))
        #expect(lua.errorMessage("embedder:encode('a', { bf16 = true, compute_precision = 'int8' })").contains("bf16 = true says otherwise"))
        #expect(lua.errorMessage("embedder:encode('a', { compute_precision = 'int4' })").contains("'int8'"))
    }

    @Test func mistakesAreNamed() {
        #expect(lua.errorMessage("sentx.CrossEncoder(fixtures .. 'ranker', { max_lenght = 3 })").contains("did you mean 'max_length'"))
        #expect(lua.errorMessage("sentx.CrossEncoder('no/such-model')").contains("no model \"no/such-model\""))
        #expect(lua.errorMessage("ranker:predict({ { 'a' } })").contains("a pair of two texts"))
        #expect(lua.errorMessage("ranker:predict({ { 'a', 3 } })").contains("expected string"))
        #expect(lua.errorMessage("ranker:predict({ { 'a', 'b' } }, { activation_fn = 'sigmoyd' })").contains("'sigmoid'"))
        #expect(lua.errorMessage("ranker:predict({ { 'a', 'b' } }, { batch_size = 0 })").contains("batch_size"))
        #expect(lua.errorMessage("classifier:rank('a', { 'b' })").contains("3 labels"))
        #expect(lua.errorMessage("embedder:encode('a', { prompt_name = 'passage' })").contains("passage"))
    }
}
