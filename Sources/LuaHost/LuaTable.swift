import CLua
import CLuaShim

/// A Lua table that Swift holds.
public final class LuaTable: LuaReference {
    /// The length of the list part, without metamethods.
    public var count: Int {
        guard let state = pool.state else { return 0 }
        return state.withStackRestored { L in
            lua_rawgeti(L, clua_registry_index(), lua_Integer(number))
            return Int(lua_rawlen(L, -1))
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
    public func list(upTo limit: Int = .max) throws -> [LuaValue] {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            let count = min(Int(lua_rawlen(L, -1)), limit)
            var values: [LuaValue] = []
            values.reserveCapacity(count)
            for index in 0..<count {
                lua_rawgeti(L, -1, lua_Integer(index + 1))
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
