import CLua
import CLuaShim
import Glibc

/// A Lua interpreter with the standard libraries. One thread owns it; every use happens there.
public final class LuaState {
    /// The state or coroutine that runs; what Swift does happens on its stack.
    var current: OpaquePointer
    private let main: OpaquePointer
    private var isOpen = true
    let references = ReferencePool()
    let classes = ClassRegistry()
    private var memory = ExternalMemory()
    private var handles = HandleGrowth()
    /// Belongs to Lua's allocator.
    private let allocation: UnsafeMutableRawPointer?

    /// What is registered and how it is used.
    public let documentation = Documentation()

    /// Reports the bytes of native memory that Swift objects hold. Lua sees only small handles, so its collector is run by
    /// this number (see ``ExternalMemory``).
    public var externalBytes: (() -> Int)?

    /// - Parameter memoryLimit: the bytes that Lua may hold; beyond, scripts get the error "not enough memory".
    public init(memoryLimit: Int = ScriptMemory.limit) throws {
        _ = FunctionBox.connect
        guard let state = luaL_newstate() else { throw LuaError("not enough memory for a Lua state") }
        main = state
        current = state
        allocation = clua_limit_memory(state, memoryLimit)
        clua_set_owner(state, Unmanaged.passUnretained(self).toOpaque())
        references.open(for: self)
        luaL_openlibs(state)
        try check(clua_prepare(state))
    }

    deinit { close() }

    /// Ends the state: all objects that Lua owns are released. Later use of its values throws.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        current = main
        lua_close(main)
        free(allocation)
        references.close()
    }

    static func owner(of L: OpaquePointer) -> LuaState {
        Unmanaged<LuaState>.fromOpaque(clua_owner(L)).takeUnretainedValue()
    }

    // MARK: Running code

    /// Compiles a chunk.
    /// - Parameter name: `@file.lua` for a file, `=words` for other origins; it becomes the position in messages.
    /// - Throws: ``LuaError`` with the compiler's message; see ``LuaError/isIncompleteChunk``.
    public func load(_ source: String, name: String) throws -> LuaFunction {
        try load(bytes: Array(source.utf8), name: name)
    }

    /// The same for source text that need not be UTF-8.
    public func load(bytes: [UInt8], name: String) throws -> LuaFunction {
        try withStack(4) { L in
            let status = bytes.withUnsafeBytes {
                luaL_loadbufferx(L, $0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count, name, "t")
            }
            try check(status)
            return LuaFunction(number: try reference(), pool: references)
        }
    }

    /// Compiles and runs a chunk; returns what it returns.
    @discardableResult
    public func run(_ source: String, name: String = "=(code)") throws -> [LuaValue] {
        try load(source, name: name).call([])
    }

    // MARK: Values

    /// Entries that one value of Lua is read with at most, counting those of a table again wherever it stands: four times what Lua's
    /// memory has room for, and 4 million at least.
    var mostEntriesRead: Int { max(1 << 22, clua_memory_used(current) / MemoryLayout<lua_Number>.stride * 2) }

    /// The table of global variables.
    public var globals: LuaTable {
        get throws {
            try withStack(4) { L in
                lua_rawgeti(L, clua_registry_index(), lua_Integer(LUA_RIDX_GLOBALS))
                return LuaTable(number: try reference(), pool: references)
            }
        }
    }

    /// A new table with the given list part.
    public func list(_ values: [LuaValue]) throws -> LuaTable {
        try withStack(8) { L in
            try check(clua_push_table(L, Int32(clamping: values.count), 0))
            for (index, value) in values.enumerated() {
                try push(value)
                lua_rawseti(L, -2, lua_Integer(index + 1))
            }
            return LuaTable(number: try reference(), pool: references)
        }
    }

    /// A new table with the given fields.
    public func record(_ fields: [(String, LuaValue)]) throws -> LuaTable {
        try withStack(8) { L in
            try check(clua_push_table(L, 0, Int32(clamping: fields.count)))
            for (name, value) in fields {
                try push(.string(name))
                try push(value)
                try check(clua_raw_set(L, -3))
            }
            return LuaTable(number: try reference(), pool: references)
        }
    }

    /// A Lua function of a Swift one, such as an iterator that keeps its position in captured variables.
    public func function(_ name: String, doc: Doc = "", _ body: @escaping (LuaCall) throws -> [LuaValue]) throws -> LuaFunction {
        try function(FunctionBox(name: name, doc: doc, body: body))
    }

    func function(_ box: FunctionBox) throws -> LuaFunction {
        try withStack(8) { _ in
            try push(box)
            return LuaFunction(number: try reference(), pool: references)
        }
    }

    /// The text that Lua's `tostring` gives.
    public func tostring(_ value: LuaValue) throws -> String {
        try withStack(8) { L in
            try push(value)
            try check(clua_push_tostring(L, -1))
            return string(at: -1)
        }
    }

    /// Runs Lua's collector to the end.
    public func collectGarbage() throws {
        try withStack(8) { L in try check(clua_collect(L)) }
    }

    /// Collects if native memory has grown enough since the last time.
    func collectIfMemoryGrew() throws {
        if let externalBytes, memory.shouldCollect(at: externalBytes()) {
            try collectGarbage()
            memory.didCollect(at: externalBytes())
        } else if handles.shouldCollect(heap: { clua_heap_bytes(current) }) {
            try collectGarbage()
            // Objects with finalizers are freed by the collection after the one that finds them.
            try collectGarbage()
            handles.didCollect(heap: clua_heap_bytes(current))
        }
    }
}
