import CLua
import CLuaShim

/// What a debugger or a prompt asks about values. Nothing here runs Lua code or a metamethod.
extension LuaState {
    /// A name that may follow a dot or colon.
    public struct Member: Equatable {
        public let name: String
        public let isCallable: Bool

        public init(name: String, isCallable: Bool) {
            self.name = name
            self.isCallable = isCallable
        }
    }

    /// The names that can be reached from a value, including those that it inherits.
    public func members(of value: LuaValue) -> [Member] {
        switch value {
        case .table(let table):
            var members: [String: Member] = [:]
            for table in inheritance(of: table) {
                for member in (try? table.namedEntries()) ?? [] where members[member.name] == nil { members[member.name] = member }
            }
            return members.values.sorted { $0.name < $1.name }
        case .object(let object):
            guard let entry = classes.entry(for: object) else { return [] }
            let methods = Set(entry.members.filter { $0.kind == .method }.map(\.name))
            return entry.memberNames.map { Member(name: $0, isCallable: methods.contains($0)) }
        case .string:
            guard case .table(let library)? = try? globals.rawGet(.string("string")) else { return [] }
            return members(of: .table(library))
        default: return []
        }
    }

    /// The value under a name, as far as raw access and tables under `__index` lead.
    public func rawMember(_ name: String, of value: LuaValue) -> LuaValue {
        guard case .table(let table) = value else { return .nil }
        for table in inheritance(of: table) {
            if let member = try? table.rawGet(.string(name)), !member.isNil { return member }
        }
        return .nil
    }

    /// The table and those that it looks things up in.
    private func inheritance(of table: LuaTable) -> [LuaTable] {
        var chain = [table]
        while chain.count < 20, let metatable = chain.last?.metatable,
              case .table(let next)? = try? metatable.rawGet(.string("__index")) {
            chain.append(next)
        }
        return chain
    }
}

extension LuaTable {
    /// The string keys, at most a few thousand, and whether their values can be called.
    fileprivate func namedEntries() throws -> [LuaState.Member] {
        let state = try state()
        return try state.withStack(8) { L in
            try state.push(self)
            var members: [LuaState.Member] = []
            lua_pushnil(L)
            while members.count < 5000, lua_next(L, -2) != 0 {
                if lua_type(L, -2) == LUA_TSTRING {
                    var isCallable = lua_type(L, -1) == LUA_TFUNCTION
                    if !isCallable, luaL_getmetafield(L, -1, "__call") != LUA_TNIL {
                        isCallable = true
                        lua_settop(L, -2)
                    }
                    members.append(.init(name: state.string(at: -2), isCallable: isCallable))
                }
                lua_settop(L, -2)
            }
            return members
        }
    }
}

extension LuaCall {
    /// The local variables, by name, of the Lua function that called this one.
    public func localsOfCaller() throws -> [(name: String, value: LuaValue)] {
        try state.withStack(8) { L in
            var frame = lua_Debug()
            guard lua_getstack(L, 1, &frame) != 0 else { return [] }
            var locals: [(name: String, value: LuaValue)] = []
            var index: Int32 = 1
            while let name = lua_getlocal(L, &frame, index) {
                // Names in parentheses are the compiler's own.
                if name.pointee != 40 { locals.append((String(cString: name), try state.value(at: -1))) }
                lua_settop(L, -2)
                index += 1
            }
            return locals
        }
    }
}
