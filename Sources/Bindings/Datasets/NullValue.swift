import LuaHost

/// `sentx.null`: an empty cell where Lua's nil cannot stand, in the middle of a list.
final class NullValue {
    static let shared = NullValue()

    static func register(_ sentx: LuaModule) throws {
        try sentx.class(LuaClass<NullValue>("Null", doc: "The type of sentx.null.") { c in
            c.meta(.tostring) { _, _ in .string("null") }
        })
        try sentx.constant("null", .object(NullValue.shared), doc: """
            An empty cell. Lists hold it where Lua's nil would end them; as a field of a row an empty cell is nil.
            """)
    }
}
