import CLua
import CLuaShim
import Glibc

/// Keeps a Lua value alive for Swift. May be released on any thread and after its state was closed.
///
/// A reference is a root for Lua's collector: an object that is owned by Lua and holds a reference which leads back to
/// itself lives until the state is closed.
public class LuaReference {
    let number: Int32
    let pool: ReferencePool

    init(number: Int32, pool: ReferencePool) {
        self.number = number
        self.pool = pool
    }

    deinit { pool.release(number) }

    /// The state that the value belongs to. - Throws: ``LuaError`` after it was closed.
    public func state() throws -> LuaState {
        guard let state = pool.state else { throw LuaError("the Lua state of this value is closed") }
        return state
    }

    /// Whether a value of the registry can be the one that this reference was made of: a script can write there with the debug library.
    func isOf(luaType: Int32) -> Bool { luaType != LUA_TNIL }

    /// An address that tells tables, functions and other values apart while they live.
    public var identity: UInt {
        guard let state = pool.state else { return 0 }
        return state.withStackRestored { L in
            lua_rawgeti(L, clua_registry_index(), lua_Integer(number))
            return UInt(bitPattern: lua_topointer(L, -1))
        }
    }

    func isSame(as other: LuaReference) -> Bool {
        self === other || (pool === other.pool && pool.state != nil && identity == other.identity)
    }
}

/// The references of one state. Given up ones are collected here and removed when the state is next used, since a
/// reference may end on any thread and in the middle of a garbage collection.
final class ReferencePool: @unchecked Sendable {
    private var released: [Int32] = []
    private var owner: Unmanaged<LuaState>?
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    var state: LuaState? { owner?.takeUnretainedValue() }

    func open(for state: LuaState) { owner = Unmanaged.passUnretained(state) }

    func close() { owner = nil }

    func release(_ number: Int32) {
        pthread_mutex_lock(mutex)
        released.append(number)
        pthread_mutex_unlock(mutex)
    }

    /// Removes what was given up from the registry.
    func drain(_ L: OpaquePointer) {
        pthread_mutex_lock(mutex)
        let numbers = released
        if !numbers.isEmpty { released.removeAll(keepingCapacity: true) }
        pthread_mutex_unlock(mutex)
        for number in numbers { luaL_unref(L, clua_registry_index(), number) }
    }
}
