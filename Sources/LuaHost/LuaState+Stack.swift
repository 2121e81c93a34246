import CLua
import CLuaShim
import TextFormat

/// The Lua stack; nothing outside this layer sees it.
extension LuaState {
    /// Runs `body` with room for `slots` more values, and restores the height of the stack.
    func withStack<R>(_ slots: Int32, _ body: (OpaquePointer) throws -> R) throws -> R {
        let L = current
        guard lua_checkstack(L, slots + 8) != 0 else { throw LuaError("stack overflow") }
        references.drain(L)
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        return try body(L)
    }

    /// The same for what cannot fail.
    func withStackRestored<R>(_ body: (OpaquePointer) -> R) -> R {
        let L = current
        lua_checkstack(L, 8)
        let top = lua_gettop(L)
        defer { lua_settop(L, top) }
        return body(L)
    }

    /// Turns a status of the C side into an error; the error value is on top of the stack.
    func check(_ status: Int32) throws {
        guard status != LUA_OK else { return }
        let L = current
        var traceback: String?
        if status == LUA_ERRRUN {
            clua_push_traceback(L)
            if lua_type(L, -1) == LUA_TSTRING { traceback = string(at: -1) }
            lua_settop(L, -2)
        }
        throw error(traceback: traceback)
    }

    /// Pops an error value.
    private func error(traceback: String?) -> LuaError {
        let L = current
        defer { lua_settop(L, -2) }
        lua_checkstack(L, 8)
        guard lua_type(L, -1) != LUA_TSTRING, let value = try? value(at: -1) else {
            let message = lua_type(L, -1) == LUA_TSTRING ? string(at: -1) : "error object that cannot be read"
            return LuaError(message: message, traceback: traceback, value: .string(message))
        }
        return LuaError(message: message(of: value), traceback: traceback, value: value)
    }

    /// What is said of an error that is not a text.
    private func message(of value: LuaValue) -> String {
        switch value {
        case .nil: return "error without a message: error() was given nil"
        case .integer, .number: return (try? tostring(value)) ?? "error object: number"
        case .table(let table) where (try? table.metatable?.rawGet(.string("__tostring")).isNil) == false:
            if let text = try? tostring(value) { return text }
            fallthrough
        default:
            var printer = LuaPrinter(state: self)
            printer.maximumEntries = 20
            printer.maximumTotal = 60
            return "error object: " + printer.text(of: value)
        }
    }

    /// Leaves an error of Swift code on the stack; returns what tells the C side how to raise it.
    func pushError(_ error: Error) -> Int32 {
        let L = current
        if let error = error as? LuaError, let value = error.value {
            do {
                try push(value)
                if let traceback = error.traceback {
                    try push(.string(traceback))
                    clua_note_raised(L)
                }
                return CLUA_RAISE
            } catch {
                lua_settop(L, 0)
            }
        }
        let message = ErrorMessage.presentable("\(error)")
        let status = message.withBytes { clua_push_bytes(L, $0, $1) }
        return status == LUA_OK ? CLUA_RAISE_POSITIONED : CLUA_RAISE
    }

    /// Pops a value and keeps it under a number.
    func reference() throws -> Int32 {
        var number: Int32 = 0
        try check(clua_reference(current, &number))
        return number
    }

    /// The bytes of a Lua string as text, with U+FFFD for invalid UTF-8.
    func string(at index: Int32) -> String {
        var count = 0
        guard let bytes = lua_tolstring(current, index, &count) else { return "" }
        return bytes.withMemoryRebound(to: UInt8.self, capacity: count) {
            String(decoding: UnsafeBufferPointer(start: $0, count: count), as: UTF8.self)
        }
    }

    /// Reads a value and leaves it where it is.
    func value(at index: Int32) throws -> LuaValue {
        let L = current
        switch lua_type(L, index) {
        case LUA_TNONE, LUA_TNIL: return .nil
        case LUA_TBOOLEAN: return .boolean(lua_toboolean(L, index) != 0)
        case LUA_TNUMBER:
            return lua_isinteger(L, index) != 0 ? .integer(Int(lua_tointegerx(L, index, nil))) : .number(lua_tonumberx(L, index, nil).withoutSignOfNaN)
        case LUA_TSTRING:
            let count = lua_rawlen(L, index)
            guard count <= LuaState.maximumTextLength else {
                throw LuaError("a string of \(count) bytes cannot be passed to sentx; \(LuaState.maximumTextLength) are the most")
            }
            return .string(string(at: index))
        case LUA_TTABLE: return .table(LuaTable(number: try referenceCopy(index), pool: references))
        case LUA_TFUNCTION: return .function(LuaFunction(number: try referenceCopy(index), pool: references))
        case LUA_TUSERDATA:
            var object: UnsafeMutableRawPointer?
            if clua_object(L, index, &object) != 0 {
                guard let object else { throw LuaError("\(className(at: index)): this object was closed") }
                return .object(Unmanaged<AnyObject>.fromOpaque(object).takeUnretainedValue())
            }
            return .other(LuaReference(number: try referenceCopy(index), pool: references))
        default: return .other(LuaReference(number: try referenceCopy(index), pool: references))
        }
    }

    /// Bytes of the longest Lua string that Swift reads: a gigabyte.
    static let maximumTextLength = 1 << 30

    private func referenceCopy(_ index: Int32) throws -> Int32 {
        guard lua_checkstack(current, 8) != 0 else { throw LuaError("stack overflow") }
        lua_pushvalue(current, index)
        return try reference()
    }

    private func className(at index: Int32) -> String {
        withStackRestored { L in
            luaL_getmetafield(L, index, "__name") == LUA_TSTRING ? string(at: -1) : "userdata"
        }
    }

    /// Pushes a value; there has to be room for it and a few more.
    func push(_ value: LuaValue) throws {
        let L = current
        switch value {
        case .nil: lua_pushnil(L)
        case .boolean(let value): lua_pushboolean(L, value ? 1 : 0)
        case .integer(let value): lua_pushinteger(L, lua_Integer(value))
        case .number(let value): lua_pushnumber(L, value.withoutSignOfNaN)
        case .string(let text): try check(text.withBytes { clua_push_bytes(L, $0, $1) })
        case .table(let reference): try push(reference)
        case .function(let reference): try push(reference)
        case .other(let reference): try push(reference)
        case .object(let object): try push(object)
        }
    }

    func push(_ reference: LuaReference) throws {
        guard reference.pool === references else { throw LuaError("a value of another Lua state cannot be used here") }
        let type = lua_rawgeti(current, clua_registry_index(), lua_Integer(reference.number))
        guard reference.isOf(luaType: type) else { throw LuaError("the registry of this host was changed by the script") }
    }

    func push(_ box: FunctionBox) throws {
        let pointer = Unmanaged.passUnretained(box)
        try check(clua_push_function(current, pointer.toOpaque()))
        _ = pointer.retain()
    }

    private func push(_ object: AnyObject) throws {
        guard let metatable = classes.entry(for: object)?.metatable else {
            throw LuaError("\(type(of: object)) has no Lua class")
        }
        try collectIfMemoryGrew()
        let pointer = Unmanaged.passUnretained(object)
        var created: Int32 = 0
        try check(clua_push_object(current, pointer.toOpaque(), metatable.number, &created))
        if created != 0 { _ = pointer.retain() }
    }
}

extension String {
    /// The UTF-8 bytes for a C function that takes start and count.
    func withBytes<R>(_ body: (UnsafePointer<CChar>?, Int) -> R) -> R {
        var copy = self
        return copy.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { body($0.baseAddress, $0.count) }
        }
    }
}
