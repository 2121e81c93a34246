/// Typed access to values by position (``LuaCall``) or by name (``LuaOptions``).
///
/// Each reader has three forms: required, `optional…` (nil if absent) and with a default.
public protocol LuaArguments {
    associatedtype Key

    /// The value at a place, nil if nothing was given. - Parameter name: used in errors for a position; by default the
    /// one in the documentation.
    func slot(_ key: Key, _ name: String?) -> LuaSlot
}

extension LuaArguments {
    public func slot(_ key: Key) -> LuaSlot { slot(key, nil) }

    public func value(_ key: Key) -> LuaValue { slot(key, nil).value }

    /// Whether something other than nil was given.
    public func has(_ key: Key) -> Bool { !slot(key, nil).isNil }

    public func string(_ key: Key, _ name: String? = nil) throws -> String { try slot(key, name).string() }
    public func optionalString(_ key: Key, _ name: String? = nil) throws -> String? { try optional(key, name) { try $0.string() } }
    public func string(_ key: Key, _ name: String? = nil, default fallback: String) throws -> String {
        try optionalString(key, name) ?? fallback
    }

    public func integer(_ key: Key, _ name: String? = nil) throws -> Int { try slot(key, name).integer() }
    public func optionalInteger(_ key: Key, _ name: String? = nil) throws -> Int? { try optional(key, name) { try $0.integer() } }
    public func integer(_ key: Key, _ name: String? = nil, default fallback: Int) throws -> Int {
        try optionalInteger(key, name) ?? fallback
    }

    public func number(_ key: Key, _ name: String? = nil) throws -> Double { try slot(key, name).number() }
    public func optionalNumber(_ key: Key, _ name: String? = nil) throws -> Double? { try optional(key, name) { try $0.number() } }
    public func number(_ key: Key, _ name: String? = nil, default fallback: Double) throws -> Double {
        try optionalNumber(key, name) ?? fallback
    }

    /// A number that is neither NaN nor infinite.
    public func finiteNumber(_ key: Key, _ name: String? = nil) throws -> Double { try slot(key, name).finiteNumber() }
    public func optionalFiniteNumber(_ key: Key, _ name: String? = nil) throws -> Double? { try optional(key, name) { try $0.finiteNumber() } }
    public func finiteNumber(_ key: Key, _ name: String? = nil, default fallback: Double) throws -> Double {
        try optionalFiniteNumber(key, name) ?? fallback
    }

    public func bool(_ key: Key, _ name: String? = nil) throws -> Bool { try slot(key, name).bool() }
    public func optionalBool(_ key: Key, _ name: String? = nil) throws -> Bool? { try optional(key, name) { try $0.bool() } }
    public func bool(_ key: Key, _ name: String? = nil, default fallback: Bool) throws -> Bool {
        try optionalBool(key, name) ?? fallback
    }

    public func table(_ key: Key, _ name: String? = nil) throws -> LuaTable { try slot(key, name).table() }
    public func optionalTable(_ key: Key, _ name: String? = nil) throws -> LuaTable? { try optional(key, name) { try $0.table() } }

    public func function(_ key: Key, _ name: String? = nil) throws -> LuaFunction { try slot(key, name).function() }
    public func optionalFunction(_ key: Key, _ name: String? = nil) throws -> LuaFunction? {
        try optional(key, name) { try $0.function() }
    }

    public func object<T>(_ key: Key, _ type: T.Type, _ name: String? = nil) throws -> T { try slot(key, name).object(type) }
    public func optionalObject<T>(_ key: Key, _ type: T.Type, _ name: String? = nil) throws -> T? {
        try optional(key, name) { try $0.object(type) }
    }

    public func objects<T>(_ key: Key, _ type: T.Type, _ name: String? = nil) throws -> [T] { try slot(key, name).objects(type) }

    public func strings(_ key: Key, _ name: String? = nil) throws -> [String] { try slot(key, name).strings() }
    public func optionalStrings(_ key: Key, _ name: String? = nil) throws -> [String]? { try optional(key, name) { try $0.strings() } }

    public func integers(_ key: Key, _ name: String? = nil) throws -> [Int] { try slot(key, name).integers() }
    public func optionalIntegers(_ key: Key, _ name: String? = nil) throws -> [Int]? { try optional(key, name) { try $0.integers() } }

    public func numbers(_ key: Key, _ name: String? = nil) throws -> [Double] { try slot(key, name).numbers() }
    public func optionalNumbers(_ key: Key, _ name: String? = nil) throws -> [Double]? { try optional(key, name) { try $0.numbers() } }

    public func optionalFiniteNumbers(_ key: Key, _ name: String? = nil) throws -> [Double]? { try optional(key, name) { try $0.finiteNumbers() } }

    public func choice(_ key: Key, _ choices: [String], _ name: String? = nil) throws -> String { try slot(key, name).choice(choices) }
    public func optionalChoice(_ key: Key, _ choices: [String], _ name: String? = nil) throws -> String? {
        try optional(key, name) { try $0.choice(choices) }
    }
    public func choice(_ key: Key, _ choices: [String], default fallback: String) throws -> String {
        try optionalChoice(key, choices) ?? fallback
    }

    /// An option table; an absent one has no fields.
    public func options(_ key: Key, _ name: String? = nil) throws -> LuaOptions { try slot(key, name).options() }

    private func optional<R>(_ key: Key, _ name: String?, _ read: (LuaSlot) throws -> R) throws -> R? {
        let slot = slot(key, name)
        return slot.isNil ? nil : try read(slot)
    }
}
