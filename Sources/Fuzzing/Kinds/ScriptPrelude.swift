/// The Lua code before every script: values of each class to begin with, and short names for calling what is documented.
enum ScriptPrelude {
    /// - Parameter bases: the class that a class inherits from.
    static func code(bases: [(String, String)]) -> String {
        let inheritance = bases.map { "  [\"\($0.0)\"] = \"\($0.1)\"," }.joined(separator: "\n")
        return "local bases = {\n\(inheritance)\n}\n" + body
    }

    /// `f` calls a function by its path, `m` a method, `g` and `s` read and set a property, `o` gives an object of a class.
    /// What they return is kept for later lines. An error must be a text of at most a few thousand bytes.
    private static let body = #"""
        local pools, longest = {}, 12
        complaint = nil

        local function keep(value, depth)
          if type(value) == "table" and (depth or 0) < 2 then
            local count = 0
            for _, inner in pairs(value) do
              count = count + 1
              if count > 4 then break end
              keep(inner, (depth or 0) + 1)
            end
            return
          end
          local class = type(value) == "userdata" and getmetatable(value)
          if type(class) ~= "string" then return end
          if class == "Tensor" and (value:numel() > 1e5 or value:dim() > 20) then return end
          if class == "Dataset" and #value > 1e4 then return end
          while class do
            local pool = pools[class] or {}
            pools[class] = pool
            if #pool >= longest then table.remove(pool, 1 + #pool // 2) end
            pool[#pool + 1] = value
            class = bases[class]
          end
        end

        local function check(ok, ...)
          if ok then
            for i = 1, select("#", ...) do keep((select(i, ...))) end
            return ...
          end
          local message = ...
          if type(message) == "string" and #message > 4000 then complaint = "a message of " .. #message .. " bytes: " .. message:sub(1, 200) end
          if message == nil then complaint = "an error without a message" end
        end

        function o(class, n)
          local pool = pools[class]
          return pool and #pool > 0 and pool[1 + n % #pool] or nil
        end

        local function find(path)
          local value = { sentx = sentx }
          for name in path:gmatch("[^.]+") do value = value[name] end
          return value
        end

        function f(path, ...)
          local ok, found = pcall(find, path)
          if ok then return check(pcall(found, ...)) end
        end

        function m(class, n, name, ...)
          local object = o(class, n)
          if object then return check(pcall(object[name], object, ...)) end
        end

        function g(class, n, name)
          local object = o(class, n)
          if object then return check(pcall(function() return object[name] end)) end
        end

        function s(class, n, name, value)
          local object = o(class, n)
          if object then check(pcall(function() object[name] = value end)) end
        end

        function e(code) return check(pcall(code)) end

        function deep(levels)
          local value = {}
          for _ = 1, levels do value = { value } end
          return value
        end

        function ring()
          local value = {}
          value[1], value.self = value, value
          return value
        end

        -- A small training; `options` are training arguments, `parts` those of the trainer.
        function train(kind, options, parts)
          local model = o(kind, 0)
          local all = { output_dir = "run", max_steps = 2, per_device_train_batch_size = 2, logging_steps = 1, disable_tqdm = true }
          for key, value in pairs(options) do all[key] = value end
          local given = { model = model, train_dataset = o("Dataset", 0), args = all }
          if kind == "CrossEncoder" then
            given.train_dataset = o("Dataset", 1)
            given.loss = sentx.losses.BinaryCrossEntropyLoss(model)
          elseif kind == "SentenceTransformer" then
            given.loss = sentx.losses.MultipleNegativesRankingLoss(model)
          else
            given.loss = sentx.losses.SpladeLoss(model, sentx.losses.SparseMultipleNegativesRankingLoss(model),
              { query_regularizer_weight = 1e-4, document_regularizer_weight = 1e-4 })
          end
          for key, value in pairs(parts or {}) do given[key] = value end
          return check(pcall(sentx[kind .. "Trainer"], given))
        end

        for _, make in ipairs {
          function() return sentx.Dataset.from_table { anchor = { "a cat", "dogs", "the mat", "x" }, positive = { "cats", "a dog", "mats", "y" } } end,
          function() return sentx.Dataset.from_table { text1 = { "a", "b", "c", "d" }, text2 = { "x", "y", "z", "d" }, label = { 1, 0, 1, 0 } } end,
          function() return sentx.Dataset.from_table({ text = {} }, { columns = { "text" } }) end,
          function() return sentx.tensor { 1.5, -2, 3 } end,
          function() return sentx.tensor { { 1, 2, 3 }, { 4, 5, 6 } } end,
          function() return sentx.zeros(0, 3) end,
          function() return sentx.tensor(2.5) end,
          function() return sentx.randn(2, 3, 4) end,
          function() return sentx.randn({ 3, 3 }, { requires_grad = true }) end,
          function() return sentx.tensor({ 1, 3, 2 }, { dtype = "int64" }) end,
          function() return sentx.tensor { true, false, true } end,
          function() return sentx.ones(4, 1):expand(4, 5):t() end,
          function() return sentx.Generator(1) end,
          function() return sentx.SentenceTransformer("models/mean") end,
          function() return sentx.SparseEncoder("models/splade") end,
          function() return sentx.CrossEncoder("models/bert", { num_labels = 1 }) end,
          function() return sentx.Tokenizer("models/bert") end,
          function() return sentx.BM25 { "the cat", "a dog", "" } end,
        } do
          local ok, value = pcall(make)
          if not ok then error("the prelude: " .. tostring(value)) end
          keep(value)
        end
        local embeddings = o("SparseEncoder", 0):encode { "the cat", "dogs" }
        keep(embeddings)
        keep(sentx.InvertedIndex(embeddings))
        keep(sentx.losses.MultipleNegativesRankingLoss(o("SentenceTransformer", 0)))
        """#
}
