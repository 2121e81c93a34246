import CLua
import CLuaShim

/// A Swift function as Lua holds it.
final class FunctionBox {
    /// What error messages call it: "load_dataset", "Dataset:select".
    let name: String
    /// Its entry in the ``Documentation``: "sentx.load_dataset", "Dataset:select".
    let path: String
    let doc: Doc
    /// Arguments that come before those the user writes: the object of a method, the table of a constructor.
    let hiddenArguments: Int
    let body: (LuaCall) throws -> [LuaValue]

    init(name: String, path: String? = nil, doc: Doc, hiddenArguments: Int = 0, body: @escaping (LuaCall) throws -> [LuaValue]) {
        self.name = name
        self.path = path ?? name
        self.doc = doc
        self.hiddenArguments = hiddenArguments
        self.body = body
    }

    /// Gives the C side its two entries into Swift; done once per process.
    static let connect: Void = clua_set_host(
        { L, box in runBox(L!, Unmanaged<FunctionBox>.fromOpaque(box!).takeUnretainedValue()) },
        { object in Unmanaged<AnyObject>.fromOpaque(object!).release() })
}

/// Runs a Swift function with the arguments on the Lua stack. Every error becomes a value on the stack and a status, since
/// raising is left to C.
private func runBox(_ L: OpaquePointer, _ box: FunctionBox) -> Int32 {
    let state = LuaState.owner(of: L)
    let caller = state.current
    state.current = L
    defer { state.current = caller }
    state.references.drain(L)
    do {
        let count = lua_gettop(L)
        var arguments: [LuaValue] = []
        arguments.reserveCapacity(Int(count))
        for index in 0..<count { arguments.append(try state.value(at: index + 1)) }
        let results = try box.body(LuaCall(state: state, box: box, all: arguments))
        lua_settop(L, 0)
        guard lua_checkstack(L, Int32(results.count) + 8) != 0 else { throw LuaError("too many results") }
        for result in results { try state.push(result) }
        return Int32(results.count)
    } catch {
        // Who took the request has not stopped the Lua code that called.
        if error is Interrupted { Interrupt.request() }
        lua_settop(L, 0)
        return state.pushError(error)
    }
}
