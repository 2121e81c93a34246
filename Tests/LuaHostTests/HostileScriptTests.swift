import LuaHost
import Testing

/// What scripts can do to the host by the debug library, by size and by depth.
@Suite struct HostileScriptTests {
    /// Metamethods and methods that are called with something else than their object.
    @Test func metamethodsRefuseWhatIsNotTheirs() throws {
        let state = try makeState()
        #expect(try state.evaluate("""
            local real, others = demo.Counter(1), { io.stdout, 5, "text", {}, print, coroutine.create(print), demo.Label("a") }
            others[#others + 1] = select(2, debug.getupvalue(real.fail, 1))
            local count = 0
            for _, name in ipairs { "__gc", "__close", "__index", "__newindex", "__len", "__tostring", "__add" } do
              local f = debug.getmetatable(real)[name]
              for i = 1, #others do
                pcall(f, others[i], others[i], "x")
                pcall(f, real, others[i])
                pcall(f, others[i])
                pcall(f)
                count = count + 1
              end
            end
            return count
            """) == .integer(56))
        #expect(try state.evaluate("io.stdout:write('') return demo.Counter(2):add(1).value") == .integer(3))
    }

    /// Metatables and upvalues of the host in the hands of others.
    @Test(arguments: [
        "debug.setmetatable(io.stdout, debug.getmetatable(demo.Counter(1))); return pcall(function() return io.stdout.value end)",
        "local f = demo.Counter(1).add; debug.setupvalue(f, 1, io.stdout); return pcall(f, demo.Counter(1))",
        "local f = demo.Counter(1).add; debug.setupvalue(f, 1, nil); return pcall(f, demo.Counter(1))",
        "local m = debug.getmetatable(demo.Counter(1)); debug.setupvalue(m.__index, 1, 7); debug.setupvalue(m.__index, 2, 7); return pcall(function() return demo.Counter(1).add end)",
        "local m = debug.getmetatable(demo.Counter(1)); debug.setupvalue(m.__newindex, 1, 7); return pcall(function() demo.Counter(1).value = 3 end)",
        "local c = demo.Counter(1); debug.getmetatable(c).__gc(c); return pcall(function() return c.value end)",
        "local r = debug.getregistry(); for k, v in pairs(r) do if type(k) == 'userdata' then r[k] = nil end end; return pcall(function() return demo.Counter(1) end)",
    ]) func damageDoneWithTheDebugLibraryIsAnError(code: String) throws {
        let state = try makeState()
        let result = try state.evaluate("demo.Counter(0); " + code.replacingLast("return pcall", with: "return (pcall") + ")")
        #expect(result == .boolean(false))
        debugRestore(state)
    }

    /// The standard output's metatable is Lua's own again, so that closing the state finds its file.
    private func debugRestore(_ state: LuaState) {
        _ = try? state.run("debug.setmetatable(io.stdout, debug.getmetatable(io.stderr))")
    }

    @Test func aClosedObjectIsNotFoundAgain() throws {
        let state = try makeState()
        #expect(try state.evaluate("local c = demo.Counter(5); local d = c:add(0); debug.getmetatable(c).__gc(c); return rawequal(c, d)") == .boolean(true))
        #expect(try state.evaluate("return demo.Counter(6).value") == .integer(6))
    }

    @Test func nestedTablesAreReadToOneDepth() throws {
        let state = try makeState()
        try state.globals.set("read", .function(state.function("read", doc: Doc("Reads.", parameters: [.init("value", "table", "lists")])) { call in
            [.integer(try depth(call.slot(1)))]
        }))
        func depth(_ slot: LuaSlot) throws -> Int {
            guard case .table = slot.value else { return 0 }
            return try 1 + (slot.list().map(depth).max() ?? 0)
        }
        let nested = "local t = {} for i = 2, %d do t = {t} end return read(t)"
        #expect(try state.evaluate(nested.with(512)) == .integer(512))
        let message = "test.lua:1: read: argument 1 (value): tables are nested more than 512 deep, or one holds itself"
        #expect(try state.messageOfError(nested.with(513)) == message)
        #expect(try state.messageOfError(nested.with(200_000)) == message)
        #expect(try state.messageOfError("local t = {} t[1] = t return read(t)") == message)
        #expect(try state.messageOfError("local t = {} t[1], t[2] = t, t return read(t)") == message)
        #expect(try state.messageOfError("local t = {1} for i = 1, 60 do t = {t, t} end return read(t)").contains("so often that more than"))
    }

    @Test(arguments: [
        "local t = {} for i = 0, 61 do t[1 << i] = 1 end return read(t)",
        "local t = {[math.maxinteger] = 1} for i = 0, 62 do t[1 << i] = 1 end return read(t)",
        "return read(debug.getregistry())",
    ]) func lengthsOfListsWithHolesAreNotBelieved(code: String) throws {
        let state = try makeState()
        try state.globals.set("read", .function(state.function("read") { [.integer(try $0.slot(1).list().count)] }))
        _ = try? state.evaluate(code)
        try state.globals.set("read", .function(state.function("read") { [.integer(try $0.slot(1).table().nestedNumbers().values.count)] }))
        _ = try? state.evaluate(code)
        try state.globals.set("read", .function(state.function("read") { call in
            [.string(LuaPrinter(state: call.state).text(of: call.value(1)))]
        }))
        _ = try? state.evaluate(code)
        #expect(try state.evaluate("return 1") == .integer(1))
    }

    @Test func sharedListsOfNumbersAreNotMultipliedWithoutEnd() throws {
        let state = try makeState()
        try state.globals.set("read", .function(state.function("read") { [.integer(try $0.slot(1).table().nestedNumbers().values.count)] }))
        #expect(try state.evaluate("local row = {1, 2, 3} return read { row, row, row }") == .integer(9))
        let message = try state.messageOfError("""
            local t = {} for i = 1, 1000 do t[i] = i end
            for k = 1, 6 do local u = {} for i = 1, 1000 do u[i] = t end t = u end
            return read(t)
            """)
        #expect(message.contains("hold more values than there can be entries"))
    }

    @Test(arguments: [
        ("number(1 << 53)", "9.007199254741e+15"), ("number((1 << 53) + 1)", nil), ("number(math.maxinteger)", nil),
        ("number(math.mininteger)", "-9.2233720368548e+18"), ("integer(2^53)", "9007199254740992"), ("integer(2^63)", nil),
        ("integer(-2^63)", "-9223372036854775808"), ("integer(0/0)", nil), ("integer(1/0)", nil), ("integer(1.5)", nil),
        ("numbers({ (1 << 53) + 1 })", nil), ("numbers({ 1 << 53 })", "9.007199254741e+15"), ("numbers({ math.maxinteger })", nil),
    ]) func numbersKeepTheirValueOrAreRefused(code: String, value: String?) throws {
        let state = try makeState()
        for (name, body) in [
            ("number", { [.number(try $0.number(1))] }), ("integer", { [.integer(try $0.integer(1))] }),
            ("numbers", { [.number(try $0.table(1).nestedNumbers().values[0])] }),
        ] as [(String, (LuaCall) throws -> [LuaValue])] {
            try state.globals.set(name, .function(state.function(name, body)))
        }
        #expect((try? state.tostring(state.evaluate("return " + code))) == value)
    }

    @Test(arguments: [
        "return string.rep('x', 1 << 40)", "local s = 'x' while true do s = s .. s end", "local t = {} while true do t[#t + 1] = {} end",
        "return table.concat({ string.rep('x', 1 << 26), string.rep('y', 1 << 26) })", "return table.pack(table.unpack({}, 1, 1e7))",
        "local t = {} for i = 1, 1e9 do t[i] = i end",
    ]) func memoryBeyondTheLimitIsAnErrorThatPcallCatches(code: String) throws {
        let state = try LuaState(memoryLimit: 32 << 20)
        let values = try state.run("local ok, why = pcall(function() \(code) end) return ok, why", name: "@test.lua")
        #expect(values.first == .boolean(false))
        #expect(values.last?.asString?.contains("not enough memory") == true || values.last?.asString?.contains("too ") == true)
        #expect(try state.run("return 1 + 1") == [.integer(2)])
    }

    @Test func textsAreBytesUpToTheirEnd() throws {
        let state = try makeState()
        try state.globals.set("length", .function(state.function("length") { [.integer(try $0.string(1).unicodeScalars.count)] }))
        #expect(try state.evaluate("return length('a\\0b')") == .integer(3))
        #expect(try state.evaluate("return length('\\xff\\xfe\\x80')") == .integer(3))
        #expect(try state.evaluate("return length('')") == .integer(0))
    }
}

extension String {
    fileprivate func with(_ number: Int) -> String {
        split(separator: "%d", omittingEmptySubsequences: false).joined(separator: "\(number)")
    }

    fileprivate func replacingLast(_ text: String, with replacement: String) -> String {
        guard let range = ranges(of: text).last else { return self }
        return self[..<range.lowerBound] + replacement + self[range.upperBound...]
    }
}
