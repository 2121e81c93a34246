import CLua
import CLuaShim

/// A Lua table that Swift holds.
public final class LuaTable: LuaReference {
    /// Tables within tables that become values of Swift, at most: as many levels as JSON may have.
    public static let maximumNesting = 512

    override func isOf(luaType: Int32) -> Bool { luaType == LUA_TTABLE }

    /// The length of the list part, without metamethods. For a table with holes that is any entry with nothing behind it, which
    /// can be greater than the number of entries by any factor.
    public var count: Int {
        guard let state = pool.state else { return 0 }
        return state.withStackRestored { L in
            guard (try? state.push(self)) != nil else { return 0 }
            return Int(clamping: lua_rawlen(L, -1))
        }
    }

    /// The value under a key, as `t[key]` gives it. - Throws: ``LuaError`` from a metamethod.
    public func get(_ key: LuaValue) throws -> LuaValue {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            try state.push(key)
            try state.check(clua_get(L, -2))
            return try state.value(at: -1)
        }
    }

    public func get(_ name: String) throws -> LuaValue { try get(.string(name)) }

    /// Does `t[key] = value`. - Throws: ``LuaError`` from a metamethod, or for a nil or NaN key.
    public func set(_ key: LuaValue, _ value: LuaValue) throws {
        let state = try state()
        try state.withStack(8) { L in
            try state.push(self)
            try state.push(key)
            try state.push(value)
            try state.check(clua_set(L, -3))
        }
    }

    public func set(_ name: String, _ value: LuaValue) throws { try set(.string(name), value) }

    /// The value under a key, without metamethods.
    public func rawGet(_ key: LuaValue) throws -> LuaValue {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            try state.push(key)
            lua_rawget(L, -2)
            return try state.value(at: -1)
        }
    }

    /// The entries 1...``count``, at most `limit` of them.
    /// - Throws: ``LuaError`` for a length of which nearly all would be holes.
    public func list(upTo limit: Int = .max) throws -> [LuaValue] {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            let count = min(Int(clamping: lua_rawlen(L, -1)), limit)
            var values: [LuaValue] = [], holes = 0
            // The length proves nothing about the number of entries.
            values.reserveCapacity(min(count, 1 << 16))
            for index in 0..<count {
                if lua_rawgeti(L, -1, lua_Integer(index + 1)) == LUA_TNIL {
                    holes += 1
                    guard holes < 1 << 16 else { throw LuaError("a list has no entry \(index + 1), and its length is \(count)") }
                }
                values.append(try state.value(at: -1))
                lua_settop(L, -2)
            }
            return values
        }
    }

    /// All entries in Lua's order, which is arbitrary. No metamethods.
    public func pairs() throws -> [(key: LuaValue, value: LuaValue)] {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            try state.refuseRegistry()
            var pairs: [(key: LuaValue, value: LuaValue)] = []
            lua_pushnil(L)
            while lua_next(L, -2) != 0 {
                pairs.append((try state.value(at: -2), try state.value(at: -1)))
                lua_settop(L, -2)
            }
            return pairs
        }
    }

    /// All keys but 1...`listCount` in Lua's order, which is arbitrary. No metamethods.
    public func keys(behind listCount: Int = 0) throws -> [LuaValue] {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            try state.refuseRegistry()
            var keys: [LuaValue] = []
            lua_pushnil(L)
            while lua_next(L, -2) != 0 {
                lua_settop(L, -2)
                if lua_isinteger(L, -1) != 0, (1...max(1, listCount)).contains(Int(lua_tointegerx(L, -1, nil))), listCount > 0 {
                    continue
                }
                keys.append(try state.value(at: -1))
            }
            return keys
        }
    }

    /// The metatable, also where `__metatable` hides it.
    public var metatable: LuaTable? {
        guard let state = pool.state else { return nil }
        return try? state.withStack(8) { L -> LuaTable? in
            try state.push(self)
            guard lua_getmetatable(L, -1) != 0 else { return nil }
            return LuaTable(number: try state.reference(), pool: pool)
        }
    }

    /// Gives the table a metatable.
    public func setMetatable(_ metatable: LuaTable) throws {
        let state = try state()
        try state.withStack(8) { L in
            try state.push(self)
            try state.push(metatable)
            lua_setmetatable(L, -2)
        }
    }
}

extension LuaState {
    /// The table on the stack top must not be the registry, which grows while its values are read.
    fileprivate func refuseRegistry() throws {
        guard lua_rawequal(current, -1, clua_registry_index()) == 0 else { throw LuaError("Lua's registry cannot be read as a table") }
    }
}
