import CLua
import CLuaShim

/// A Lua function that Swift holds.
public final class LuaFunction: LuaReference {
    override func isOf(luaType: Int32) -> Bool { luaType == LUA_TFUNCTION }

    /// Calls it, on the coroutine that runs. Within a bound function the error goes on by itself if it is not caught.
    /// - Returns: all its results.
    /// - Throws: ``LuaError``.
    @discardableResult
    public func call(_ arguments: [LuaValue] = []) throws -> [LuaValue] {
        let state = try state()
        return try state.withStack(Int32(clamping: arguments.count)) { L in
            let base = lua_gettop(L)
            try state.push(self)
            for argument in arguments { try state.push(argument) }
            try state.check(clua_call(L, Int32(arguments.count), LUA_MULTRET))
            let top = lua_gettop(L)
            return try (base..<top).map { try state.value(at: $0 + 1) }
        }
    }

    /// Calls it and returns its first result, nil if there is none.
    public func callForOne(_ arguments: [LuaValue] = []) throws -> LuaValue { try call(arguments).first ?? .nil }

    /// The name of a function of the host, without its module; nil for one written in Lua.
    public var hostName: String? { box?.name }

    /// The documentation, if it is a function of the host.
    var box: FunctionBox? {
        guard let state = pool.state else { return nil }
        return state.withStackRestored { L in
            guard (try? state.push(self)) != nil, let box = clua_function_box(L, -1) else { return nil }
            return Unmanaged<FunctionBox>.fromOpaque(box).takeUnretainedValue()
        }
    }
}
