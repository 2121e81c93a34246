import LuaHost
import Testing

/// A Lua snippet and the text of what it returns.
struct Snippet: CustomTestStringConvertible, Sendable {
    let code: String
    let result: String

    var testDescription: String { code }

    init(_ code: String, _ result: String) { (self.code, self.result) = (code, result) }
}

@Suite("Tensors in Lua")
struct TensorTests {
    /// Snippets may use `show(value)`: nested tables as one line.
    static let prelude = """
        local function show(value)
          if type(value) == "userdata" then value = value:totable() end
          if type(value) ~= "table" then return tostring(value) end
          local parts = {}
          for _, entry in ipairs(value) do parts[#parts + 1] = show(entry) end
          return "{" .. table.concat(parts, " ") .. "}"
        end

        """

    @Test("give these results", arguments: making + operators + reductions + views + indexing + writing + gradients + functional)
    func results(_ snippet: Snippet) throws {
        let session = try LuaSession()
        #expect(try session.text(Self.prelude + snippet.code) == snippet.result)
    }

    static let making = [
        Snippet("return show(sentx.tensor({ {1.5, 2}, {3, 4} }))", "{{1.5 2.0} {3.0 4.0}}"),
        Snippet("return sentx.tensor({1, 2}).dtype", "int64"),
        Snippet("return sentx.tensor({1, 2.5}).dtype", "float32"),
        Snippet("return sentx.tensor({true, false}).dtype", "bool"),
        Snippet("return sentx.tensor({1, 2}, { dtype = 'float32' }).dtype", "float32"),
        Snippet("return sentx.tensor({1, 2}, { requires_grad = true }).dtype", "float32"),
        Snippet("return sentx.tensor(2.5):item()", "2.5"),
        Snippet("return sentx.tensor({}):numel()", "0"),
        Snippet("return show(sentx.zeros(2, 3):shape())", "{2 3}"),
        Snippet("return show(sentx.ones({2}, { dtype = 'int64' }))", "{1 1}"),
        Snippet("return show(sentx.full({2, 2}, 7))", "{{7 7} {7 7}}"),
        Snippet("return show(sentx.eye(2))", "{{1.0 0.0} {0.0 1.0}}"),
        Snippet("return show(sentx.arange(4))", "{0 1 2 3}"),
        Snippet("return show(sentx.arange(1, 2, 0.5))", "{1.0 1.5}"),
        Snippet("return show(sentx.linspace(0, 1, 3))", "{0.0 0.5 1.0}"),
        Snippet("sentx.manual_seed(3); local a = sentx.randn(4); sentx.manual_seed(3); return a:equal(sentx.randn(4))", "true"),
        Snippet("local function r() return sentx.rand({5}, { generator = sentx.Generator(1) }) end; return r():equal(r())", "true"),
        Snippet("return show((sentx.randperm(5, { generator = sentx.Generator(1) }):sort()))", "{1 2 3 4 5}"),
        Snippet("return sentx.randint(3, 4, {2}):sum():item()", "6"),
        Snippet("return show(sentx.cat({ sentx.ones(1, 2), sentx.zeros(1, 2) }, 2))", "{{1.0 1.0 0.0 0.0}}"),
        Snippet("return show(sentx.stack({ sentx.ones(2), sentx.zeros(2) }, 2))", "{{1.0 0.0} {1.0 0.0}}"),
        Snippet("return show(sentx.where(sentx.tensor({true, false}), 1, -1))", "{1.0 -1.0}"),
        Snippet("return show(sentx.zeros_like(sentx.tensor({1, 2})))", "{0 0}"),
        Snippet("return sentx.is_tensor(sentx.ones(1)), sentx.is_tensor(1)", "true"),
    ]

    static let operators = [
        Snippet("local t = sentx.tensor({1.0, 2.0}); return show(1 + t * 2 - t / 2)", "{2.5 4.0}"),
        Snippet("return show(10 - sentx.tensor({1, 2}))", "{9 8}"),
        Snippet("return show(6 / sentx.tensor({1, 4}))", "{6.0 1.5}"),
        Snippet("return show(-sentx.tensor({7, -7}) % 3)", "{2 1}"),
        Snippet("return show(sentx.tensor({7, -7}) // 2)", "{3 -4}"),
        Snippet("return show(sentx.tensor({2.0, 3.0}) ^ 2)", "{4.0 9.0}"),
        Snippet("return show(2 ^ sentx.tensor({2.0, 3.0}))", "{4.0 8.0}"),
        Snippet("return show(sentx.tensor({{1.0}, {2.0}}) + sentx.tensor({10.0, 20.0}))", "{{11.0 21.0} {12.0 22.0}}"),
        Snippet("local t = sentx.ones(2); return t == t and t ~= sentx.ones(2)", "true"),
        Snippet("return show(sentx.tensor({1, 2, 3}):ge(2))", "{false true true}"),
        Snippet("return #sentx.zeros(4, 2)", "4"),
        Snippet("return show(sentx.tensor({{1.0, 2.0}, {3.0, 4.0}}):matmul(sentx.tensor({1.0, 1.0})))", "{3.0 7.0}"),
        Snippet("return show(sentx.tensor({-2.0, 5.0}):clamp(nil, 1))", "{-2.0 1.0}"),
        Snippet("return show(sentx.tensor({1.0, 2.0}):masked_fill(sentx.tensor({true, false}), 0))", "{0.0 2.0}"),
    ]

    static let reductions = [
        Snippet("return sentx.tensor({1, 2, 3}):sum():item()", "6"),
        Snippet("return show(sentx.tensor({{1.0, 2.0}, {3.0, 4.0}}):sum(1))", "{4.0 6.0}"),
        Snippet("return show(sentx.tensor({{1.0, 2.0}, {3.0, 4.0}}):mean(-1, true))", "{{1.5} {3.5}}"),
        Snippet("return show(sentx.ones(2, 3, 4):sum({1, 3}))", "{8.0 8.0 8.0}"),
        Snippet("local v, i = sentx.tensor({{1, 9}, {5, 2}}):max(2); return show(v) .. show(i)", "{9 5}{2 1}"),
        Snippet("return sentx.tensor({3.0, 8.0, 8.0}):argmax():item()", "2"),
        Snippet("local v, i = sentx.tensor({3.0, 1.0, 2.0}):sort(1, true); return show(v) .. show(i)", "{3.0 2.0 1.0}{1 3 2}"),
        Snippet("local v, i = sentx.tensor({3.0, 1.0, 2.0}):topk(2); return show(v) .. show(i)", "{3.0 2.0}{1 3}"),
        Snippet("return show(sentx.tensor({{3.0, 4.0}}):norm(2, 2))", "{5.0}"),
        Snippet("return sentx.tensor({1.0, 3.0}):std():item() ^ 2 - 2 < 1e-6", "true"),
        Snippet("return show(sentx.zeros(1, 2):softmax(2))", "{{0.5 0.5}}"),
        Snippet("return sentx.tensor({true, false}):any():item()", "true"),
    ]

    static let views = [
        Snippet("return show(sentx.arange(6):reshape(2, -1):t():shape())", "{3 2}"),
        Snippet("return show(sentx.arange(6):reshape({2, 3}):permute(2, 1))", "{{0 3} {1 4} {2 5}}"),
        Snippet("return show(sentx.zeros(2, 3):unsqueeze(3):shape()) .. show(sentx.zeros(2, 1):squeeze():shape())", "{2 3 1}{2}"),
        Snippet("return show(sentx.arange(6):narrow(1, 2, 3))", "{1 2 3}"),
        Snippet("return show(sentx.arange(6):slice(1, 2, -2, 2))", "{1 3}"),
        Snippet("return show(sentx.arange(3):flip(1))", "{2 1 0}"),
        Snippet("local a, b = table.unpack(sentx.arange(3):split(2)); return show(a) .. show(b)", "{0 1}{2}"),
        Snippet("return show(sentx.ones(2, 2):tril())", "{{1.0 0.0} {1.0 1.0}}"),
        Snippet("return sentx.zeros(2, 3):size(-1)", "3"),
    ]

    static let indexing = [
        Snippet("return show(sentx.tensor({{1, 2}, {3, 4}})[2])", "{3 4}"),
        Snippet("return sentx.tensor({{1, 2}, {3, 4}})[{-1, 1}]:item()", "3"),
        Snippet("return show(sentx.arange(12):reshape(3, 4)[{ {1, 2}, 2 }])", "{1 5}"),
        Snippet("return show(sentx.arange(12):reshape(3, 4)[{ {}, {1, -1, 3} }])", "{{0 3} {4 7} {8 11}}"),
        Snippet("local t = sentx.arange(4); return show(t[t:gt(1)])", "{2 3}"),
        Snippet("local t = sentx.arange(4):reshape(2, 2); return show(t[t:gt(0)])", "{1 2 3}"),
        Snippet("return show(sentx.arange(4)[sentx.tensor({4, 1})])", "{3 0}"),
        Snippet("return show(sentx.arange(6):reshape(2, 3):index_select(2, {3, 1}))", "{{2 0} {5 3}}"),
        Snippet("return show(sentx.tensor({{1, 2}, {3, 4}}):gather(2, sentx.tensor({{2}, {1}})))", "{{2} {3}}"),
        Snippet("return show(sentx.zeros(3):scatter_add(1, sentx.tensor({1, 1}), sentx.ones(2)))", "{2.0 0.0 0.0}"),
        Snippet("local n = 0; for i, row in ipairs(sentx.ones(3, 2)) do n = n + i * row:sum():item() end; return n", "12.0"),
        Snippet("local n = 0; for i, x in pairs(sentx.tensor({5, 6})) do n = n + i * x:item() end; return n", "17"),
        Snippet("return show(sentx.tensor({0, 3, 4}):nonzero())", "{{2} {3}}"),
    ]

    static let writing = [
        Snippet("local t = sentx.zeros(2, 2); t[1] = 5; t[{2, 2}] = 7; return show(t)", "{{5.0 5.0} {0.0 7.0}}"),
        Snippet("local t = sentx.zeros(2, 3); t[{ {}, {2, 3} }] = sentx.tensor({1, 2}); return show(t)", "{{0.0 1.0 2.0} {0.0 1.0 2.0}}"),
        Snippet("local t = sentx.arange(4); t[t:lt(2)] = 9; return show(t)", "{9 9 2 3}"),
        Snippet("return show(sentx.ones(2):add_(1):mul_(3):fill_(4))", "{4.0 4.0}"),
        Snippet("local w = sentx.ones(2, { requires_grad = true }); sentx.no_grad(function() w:sub_(0.5) end); return show(w)", "{0.5 0.5}"),
    ]

    static let gradients = [
        Snippet("local x = sentx.tensor({1.0, 2.0}, { requires_grad = true }); (x * x):sum():backward(); return show(x.grad)", "{2.0 4.0}"),
        Snippet("local x = sentx.tensor({1.0}); x.requires_grad = true; (x ^ 3):backward(); x.grad = nil; return x.grad", "nil"),
        Snippet("local x = sentx.ones(2, { requires_grad = true }); return sentx.no_grad(function() return (x + 1).requires_grad end)", "false"),
        Snippet("local x = sentx.ones(2, { requires_grad = true }); return x:detach().requires_grad", "false"),
        Snippet("local x = sentx.ones(2, { requires_grad = true }); x:exp():backward(sentx.tensor({0.0, 1.0})); return x.grad[1]:item()", "0.0"),
    ]

    static let functional = [
        Snippet("return sentx.functional.mse_loss(sentx.tensor({1.0, 3.0}), sentx.tensor({1.0, 1.0})):item()", "2.0"),
        Snippet("return sentx.nn.functional.l1_loss(sentx.tensor({1.0, 3.0}), sentx.tensor({1.0, 1.0}), { reduction = 'sum' }):item()", "2.0"),
        Snippet("return sentx.functional.cross_entropy(sentx.zeros(1, 4), sentx.tensor({3})):item() - math.log(4) < 1e-6", "true"),
        Snippet("return show(sentx.util.cos_sim({1, 0}, { {2, 0}, {0, 3} }))", "{{1.0 0.0}}"),
        Snippet("return show(sentx.util.pairwise_euclidean_sim({ {0, 0} }, { {3, 4} }))", "{-5.0}"),
        Snippet("return show(sentx.util.normalize_embeddings({ {0, 2} }))", "{{0.0 1.0}}"),
    ]

    @Test("fit a line by gradient descent written in Lua")
    func linearRegression() throws {
        let session = try LuaSession()
        let result = try session.run("""
            local generator = sentx.Generator(4)
            local x = sentx.randn(64, 2, { generator = generator })
            local y = x:matmul(sentx.tensor({3.0, -2.0})) + 0.5
            local w = sentx.zeros(2, { requires_grad = true })
            local b = sentx.zeros(1, { requires_grad = true })
            local loss
            for step = 1, 200 do
              loss = (x:matmul(w) + b - y):pow(2):mean()
              loss:backward()
              sentx.no_grad(function()
                for _, parameter in ipairs { w, b } do
                  parameter:sub_(0.1 * parameter.grad)
                  parameter.grad = nil
                end
              end)
            end
            return w[1]:item(), w[2]:item(), b:item(), loss:item()
            """).compactMap(\.asNumber)
        #expect(result.count == 4)
        #expect(abs(result[0] - 3) < 1e-3 && abs(result[1] + 2) < 1e-3 && abs(result[2] - 0.5) < 1e-3 && result[3] < 1e-6)
    }

    @Test("say where, what and how to mend it", arguments: [
        Snippet("local t = sentx.zeros(2, 3)\nreturn t + sentx.zeros(4)",
                """
                    script.lua:2: add: shapes [2, 3] and [4] do not broadcast: aligned at their last dimensions, each pair must \
                    be equal or hold a 1; reshape or unsqueeze one of them
                    """),
        Snippet("return sentx.zeros(2, 3):sum(3)",
                """
                    script.lua:1: Tensor:sum: argument 1 (dim): must be a dimension of a tensor that has 2: 1 to 2, or -1 to -2 \
                    from the end, got number 3
                    """),
        Snippet("return sentx.zeros(2)[4]",
            "script.lua:1: Tensor[key]: argument 1: must be an index from 1 to 2, or -1 to -2 from the end, got number 4"),
        Snippet("return sentx.zeros(2)[0]",
            "script.lua:1: Tensor[key]: argument 1: must be an index from 1 to 2, or -1 to -2 from the end, got number 0"),
        Snippet("return sentx.zeros(2):sofmax()", "script.lua:1: Tensor has no member 'sofmax' (did you mean 'softmax'?)"),
        Snippet("return sentx.zeros(2) + 'a'", "script.lua:1: Tensor +: argument 2: expected Tensor or number, got string 'a'"),
        Snippet("return sentx.tensor({ {1, 2}, {3} })", "script.lua:1: entry [2] has 1 values where the first one has 2"),
        Snippet("return sentx.zeros(2, { dtyp = 'int64' })", "script.lua:1: zeros: unknown option 'dtyp' (did you mean 'dtype'?)"),
        Snippet("return sentx.zeros(2, 2):index_select(1, {3})",
            "script.lua:1: Tensor:index_select: argument 2 (indices)[1]: must be an index from 1 to 2, or -1 to -2 from the end, got number 3"),
        Snippet("return sentx.zeros(3):backward()",
            "script.lua:1: backward: this tensor does not require a gradient; set requires_grad on a leaf before computing with it"),
        Snippet("local w = sentx.zeros(3, { requires_grad = true })\nw[1] = 5",
                """
                    script.lua:2: copy_: this tensor of shape [] is a result on the tape ('select'), changing it in place would \
                    make gradients wrong; change a clone of it, or use where/masked_fill
                    """),
    ])
    func errors(_ snippet: Snippet) throws {
        let session = try LuaSession()
        do {
            _ = try session.state.run(snippet.code, name: "@script.lua")
            Issue.record("no error")
        } catch { #expect("\(error)" == snippet.result) }
    }

    @Test("are released by Lua's collector, which knows their size")
    func collection() throws {
        let session = try LuaSession()
        let result = try session.run("""
            local most = 0
            for step = 1, 2000 do
              local t = sentx.zeros(256, 1024)
            end
            return 1
            """)
        #expect(result.first?.asInteger == 1)
        #expect((session.state.externalBytes?() ?? .max) < 1 << 30)
    }
}
