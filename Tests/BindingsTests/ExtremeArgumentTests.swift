import Bindings
import LuaHost
import Testing

/// Every function of tensors, called with numbers that no tensor fits: the host answers with a value or an error and goes on.
@Suite("Extreme arguments from scripts")
struct ExtremeArgumentTests {
    /// Each takes the place of every argument in turn, and of all together.
    static let extremes = [
        "math.mininteger", "math.maxinteger", "2^31|0", "-(2^31|0)", "2^62|0", "2^53+1.0", "(2^53|0)+1", "1e300", "-1e300", "0/0", "math.huge", "-math.huge",
        "-1", "0", "1", "2.5", "1000000", "'x'", "{}", "{math.mininteger}", "{2^40|0, 2^40|0}", "nil", "true",
    ]

    /// Calls, with `?` where extremes go, on `t` (float32), `n` (int64), `b` (bool), each `[2, 3]`, the scalar `s` and the endless view `e`.
    static let calls = creation + views + reductions + indexing + arithmetic + functional

    static let creation = [
        "S.zeros(?)", "S.zeros(?, ?)", "S.ones(?)", "S.ones(2, ?)", "S.rand(?)", "S.randn(?, 2)", "S.full({?}, 1)", "S.full({2}, ?)", "S.full({?, ?}, ?)",
        "S.full({2}, ?, { dtype = 'int64' })", "S.full({2}, ?, { dtype = 'float32' })", "S.full({2}, ?, { dtype = 'bool' })",
        "S.eye(?)", "S.eye(2, ?)", "S.arange(?)", "S.arange(0, ?)", "S.arange(?, 3)", "S.arange(0, 3, ?)", "S.arange(?, ?, ?)", "S.arange(?, {1})",
        "S.linspace(?, 1, 3)", "S.linspace(0, ?, 3)", "S.linspace(0, 1, ?)", "S.randint(?, 3, {2})", "S.randint(0, ?, {2})", "S.randint(0, 3, {?})",
        "S.randint(?, ?, {3})", "S.randperm(?)", "S.tensor(?)", "S.tensor({?})", "S.tensor({{?, 1}, {2, ?}})", "S.tensor({?}, { dtype = 'int64' })",
        "S.tensor({?}, { dtype = 'float32' })", "S.tensor(?, { dtype = 'int64' })", "S.tensor(?, { dtype = 'float32' })", "S.tensor({1, ?}, { requires_grad = true })",
        "S.zeros_like(t, ?)", "S.cat({t, t}, ?)", "S.stack({t, t}, ?)", "S.cat({?}, 1)", "S.where(b, ?, 1)", "S.where(b, n, ?)", "S.Generator(?)",
        "S.manual_seed(?)", "S.Generator(1):set_state({ seed = ?, stream = ? })", "S.rand(3, { generator = S.Generator(1):set_state({ seed = ?, stream = ? }) })",
    ]
    static let views = [
        "t:reshape(?)", "t:reshape(?, ?)", "t:reshape(-1, ?, 4)", "t:reshape(-1, ?)", "t:reshape({?, ?, ?})", "t:view(?, 3)", "t:expand(?)", "t:expand(?, 2, 3)",
        "t:expand(?, ?, ?)", "t:tile(?)", "t:tile(?, ?)", "t:tile(1, ?, 1)", "t:flatten(?)", "t:flatten(1, ?)", "t:flatten(?, ?)", "t:permute(?, ?)", "t:permute(1, ?)",
        "t:transpose(?, 1)", "t:transpose(1, ?)", "t:squeeze(?)", "t:unsqueeze(?)", "t:flip(?)", "t:flip({?, 1})", "t:triu(?)", "t:tril(?)", "n:triu(?)", "t:diagonal(?)",
        "t:narrow(?, 1, 1)", "t:narrow(1, ?, 1)", "t:narrow(1, 1, ?)", "t:narrow(?, ?, ?)", "t:select(?, 1)", "t:select(1, ?)", "t:slice(?, 1, 2)", "t:slice(1, ?, 2)",
        "t:slice(1, 1, ?)", "t:slice(1, 1, 2, ?)", "t:slice(1, ?, ?, ?)", "t:split(?)", "t:split(1, ?)", "t:chunk(?)", "t:chunk(1, ?)", "e:split(?)",
        "t:size(?)", "e:contiguous()", "e:clone()", "e:float()", "e:long()", "e:bool()", "e:totable()", "tostring(e)", "e:reshape(-1)", "e:flatten()", "S.zeros(0, ?)",
    ]
    static let reductions = [
        "t:sum(?)", "t:sum({?, 1})", "t:mean(?)", "t:prod(?)", "t:amax(?)", "t:amin(?)", "t:any(?)", "t:all(?)", "t:argmax(?)", "t:argmin(?)", "t:max(?)", "t:min(?)",
        "t:var(?)", "t:var(1, ?)", "t:std(1, ?)", "t:var(nil, ?)", "t:norm(?)", "t:norm(2, ?)", "t:norm(?, ?)", "t:logsumexp(?)", "t:sort(?)", "n:sort(?)", "t:argsort(?)",
        "t:topk(?)", "t:topk(1, ?)", "n:topk(?, ?)", "t:normalize(?)", "t:normalize(2, ?)", "t:normalize(2, 1, ?)", "t:softmax(?)", "t:log_softmax(?)", "t:cumsum(?)",
        "n:cumsum(?)", "s:sum(?)", "s:max(?)", "s:sort(?)", "s:softmax(?)", "e:sum()", "e:max()", "e:sort()", "e:topk(1)", "e:argmax()", "e:var()", "e:norm()", "e:cumsum(1)",
        "e:any()", "e:nonzero()", "e:softmax()",
    ]
    static let indexing = [
        "t[?]", "t[{?}]", "t[{?, ?}]", "t[{{?}}]", "t[{{?, ?}}]", "t[{{?, ?, ?}}]", "t[{{1, 2, ?}}]", "t[{{}, {1, ?}}]", "t:index_select(?, {1})", "t:index_select(1, {?})",
        "t:index_select(1, {?, 1})", "t:gather(?, n)", "t:gather(1, S.full({1, 1}, ?))", "t:scatter_add(?, n, t)", "t:index_select(1, S.full({2}, ?))",
        "t:masked_fill(b, ?)", "n:masked_fill(b, ?)", "b:masked_fill(b, ?)", "n:fill_(?)", "t:fill_(?)", "b:fill_(?)", "n:copy_(?)", "t:copy_(?)", "t:add_(?)", "n:add_(?)",
        "n:mul_(?)", "n:div_(?)", "(function() t[?] = 1 end)()", "(function() t[1] = ? end)()", "(function() n[1] = ? end)()", "(function() n[{1, 1}] = ? end)()",
        "(function() b[1] = ? end)()", "(function() t[{{1, ?}}] = ? end)()", "t:where(?, ?)", "b:where(?, n)", "e[?]", "e:index_select(1, {?})", "e:masked_select(b)",
        "n:item(?)", "S.full({}, ?):item()",
    ]
    static let arithmetic = [
        "t + ?", "? + t", "n + ?", "? + n", "b + ?", "t - ?", "n - ?", "t * ?", "n * ?", "t / ?", "n / ?", "n // ?", "? // n", "n % ?", "t % ?", "n ^ ?", "t ^ ?", "? ^ n",
        "t:eq(?)", "n:eq(?)", "n:lt(?)", "t:ge(?)", "n:maximum(?)", "t:minimum(?)", "n:clamp(?)", "n:clamp(?, ?)", "n:clamp(nil, ?)", "t:clamp(?, ?)", "n:pow(?)", "n:remainder(?)",
        "n:floor_divide(?)", "t:dropout(?)", "n:abs()", "(n * 0 + ?):abs()", "(n * 0 + ?):neg()", "(n * 0 + ?) // -1", "(n * 0 + ?) % -1", "(n * 0 + ?):sum()", "(n * 0 + ?):prod()",
        "(n * 0 + ?):sign()", "(n * 0 + ?):float()", "tostring(n * 0 + ?)", "tostring(t * 0 + ?)", "(t * 0 + ?):long()", "-(n * 0 + ?)", "e + e", "e:exp()", "e:eq(1)",
        "S.ones(1000000, 1) + S.ones(1, 1000000)", "S.ones(1000000, 1):matmul(S.ones(1, 1000000))", "S.util.cos_sim(S.ones(1000000, 1), S.ones(1000000, 1))",
        "S.util.dot_score({{?}}, {{?}})", "S.util.cos_sim({?}, {1})",
    ]
    static let functional = [
        "F.cross_entropy(t, S.tensor({0, 1}), { ignore_index = ? })", "F.cross_entropy(t, S.full({2}, ?))", "F.cross_entropy(t, S.tensor({0, 1}), { label_smoothing = ? })",
        "F.nll_loss(t, S.full({2}, ?))", "F.huber_loss(t, t, { delta = ? })", "F.smooth_l1_loss(t, t, { beta = ? })", "F.margin_ranking_loss(t, t, t, { margin = ? })",
        "F.softmax(t, ?)", "F.log_softmax(t, ?)", "F.normalize(t, { p = ?, dim = ? })", "F.normalize(t, { dim = ? })", "F.cosine_similarity(t, t, { dim = ? })",
        "F.cosine_similarity(t, t, { eps = ? })", "F.embedding(S.full({2}, ?), t)", "F.layer_norm(t, nil, nil, { eps = ? })", "F.one_hot(n, ?)", "F.one_hot(S.full({2}, ?), ?)",
        "F.cdist(t, t, ?)", "F.cdist(S.ones(1000000, 2), S.ones(1000000, 2))", "F.binary_cross_entropy_with_logits(t, t, { pos_weight = ? })",
    ]

    @Test("are answered by a value or an error, and the host goes on", arguments: calls)
    func survives(call: String) throws {
        let session = try LuaSession()
        let values = call.contains("?") ? Self.extremes : [""]
        for value in values {
            let code = call.replacingPlaceholders(with: value)
            let outcome = try session.run("""
                local S, F = sentx, sentx.functional
                local t, n, b, s = S.rand(2, 3), S.full({2, 3}, 1), S.rand(2, 3):gt(0.5), S.tensor(1.5)
                local e = S.ones(1, 1):expand(1000000, 1000000)
                local ok, result = pcall(function() return \(code.hasPrefix("(function()") ? code : "(\(code))") end)
                if not ok then assert(type(result) == "string" and #result > 0, "an error without a message") end
                -- What came of it is looked at too.
                if ok and S.is_tensor(result) and result:numel() < 100 then assert(#tostring(result) > 0) result:totable() end
                return S.ones(3):sum():item()
                """)
            #expect(outcome == [.number(3)], "\(code)")
        }
    }

    @Test("whole numbers keep their value or are refused", arguments: [
        ("S.tensor(math.maxinteger):item()", "9223372036854775807"), ("S.tensor(math.mininteger):item()", "-9223372036854775808"),
        ("S.full({1}, (2^53|0) + 1)[1]:item()", "9007199254740993"), ("(S.full({1}, 0) + ((2^53|0) + 1))[1]:item()", "9007199254740993"),
        ("S.full({1}, 0):fill_((2^53|0) + 1)[1]:item()", "9007199254740993"), ("S.arange((2^53|0), (2^53|0) + 3)[2]:item()", "9007199254740993"),
        ("S.arange(math.maxinteger - 1, math.maxinteger)[1]:item()", "9223372036854775806"),
        ("S.full({1}, (2^53|0) + 1):eq((2^53|0) + 1):item()", "true"), ("S.full({1}, (2^53|0) + 1):eq(2^53|0):item()", "false"),
        ("S.full({1}, 5):clamp((2^53|0) + 1, (2^53|0) + 1):item()", "9007199254740993"),
        ("S.full({1}, 5):masked_fill(S.tensor({true}), (2^53|0) + 1):item()", "9007199254740993"),
        ("S.tensor({30000000000.0}, { dtype = 'int64' }):item()", "30000000000"), ("(S.full({}, -1) ^ ((2^53|0) + 1)):item()", "-1"),
        ("(S.ones(1) + 16777216):item()", "16777216.0"), ("(S.zeros(1) + 16777217.0):item()", "16777216.0"),
    ])
    func exact(code: String, value: String) throws {
        let session = try LuaSession()
        #expect(try session.text("local S = sentx return tostring(\(code))") == value)
    }

    @Test("what the type cannot hold names the number", arguments: [
        ("S.ones(1) + 16777217", "16777217"), ("S.ones(1):fill_(16777217)", "16777217"), ("S.full({1}, 16777217, { dtype = 'float32' })", "16777217"),
        ("S.tensor({16777217}, { dtype = 'float32' })", "16777217"), ("S.tensor(16777217, { requires_grad = true })", "16777217"),
        ("S.ones(1):eq(math.maxinteger)", "9223372036854775807"), ("S.tensor({1e300}, { dtype = 'int64' })", "int64"), ("S.tensor(0/0, { dtype = 'int64' })", "int64"),
        ("S.full({1}, 1):fill_(1.5)", "1.5"), ("S.full({1}, 1):masked_fill(S.tensor({true}), 1e300)", "int64"), ("S.arange(0, 1e12)", "1000000000000"),
        ("S.zeros(1000000, 1000000)", "[1000000, 1000000]"), ("S.ones(2^31)", "2147483648"), ("S.randperm(1e12)", "1000000000000"),
        ("S.linspace(0, 1, 1e12)", "1000000000000"), ("S.randperm(math.maxinteger)", "9223372036854775807"),
        ("S.ones(2):tile(1e9, 1e9)", "tile"), ("S.ones(8):reshape(-1, 2^62, 4)", "reshape"),
    ])
    func refused(code: String, part: String) throws {
        let message = try LuaSession().errorMessage("local S = sentx return \(code)")
        #expect(message.contains(part) && !message.hasPrefix("no error"), "\(message)")
    }

    @Test("tensors that nobody holds any more make room before a request fails")
    func garbage() throws {
        let session = try LuaSession()
        let outcome = try session.run("""
            for i = 1, 40 do local x = sentx.zeros(4000, 4000) end
            return sentx.ones(3):sum():item()
            """)
        #expect(outcome == [.number(3)])
    }
}

extension String {
    fileprivate func replacingPlaceholders(with value: String) -> String {
        map { $0 == "?" ? "(\(value))" : String($0) }.joined()
    }
}
