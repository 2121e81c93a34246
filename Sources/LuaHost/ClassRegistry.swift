import CLua
import CLuaShim
import TextFormat

/// A class as it was described, before a state knows it.
final class ClassDefinition {
    struct Member {
        enum Kind { case method, getter, setter }
        let kind: Kind
        let name: String
        let box: FunctionBox
    }

    let name: String
    let doc: Doc
    let base: String?
    let type: ObjectIdentifier
    let matches: (AnyObject) -> Bool
    var members: [Member] = []
    /// By Lua's name, "__add".
    var metamethods: [String: FunctionBox] = [:]
    var functions: [(name: String, box: FunctionBox)] = []
    var constructor: FunctionBox?
    var oneLine: ((AnyObject) -> String?)?

    init(name: String, doc: Doc, base: String?, type: Any.Type, matches: @escaping (AnyObject) -> Bool) {
        self.name = name
        self.doc = doc
        self.base = base
        self.type = ObjectIdentifier(type)
        self.matches = matches
    }
}

/// The classes that a state knows.
final class ClassRegistry {
    final class Entry {
        let definition: ClassDefinition
        let base: Entry?
        fileprivate(set) var metatable: LuaReference?

        init(definition: ClassDefinition, base: Entry?) {
            self.definition = definition
            self.base = base
        }

        var name: String { definition.name }

        /// Own and inherited members; a later one of the same name wins.
        var members: [ClassDefinition.Member] { (base?.members ?? []) + definition.members }

        var metamethods: [String: FunctionBox] {
            (base?.metamethods ?? [:]).merging(definition.metamethods) { $1 }
        }

        var oneLine: ((AnyObject) -> String?)? { definition.oneLine ?? base?.oneLine }

        /// The names that can follow a dot or colon.
        var memberNames: [String] { Set(members.map(\.name)).sorted() }
    }

    private(set) var entries: [Entry] = []
    private var byType: [ObjectIdentifier: Entry] = [:]

    /// The class of an object.
    func entry(for object: AnyObject) -> Entry? {
        let type = ObjectIdentifier(Swift.type(of: object))
        if let entry = byType[type] { return entry }
        var ancestor = Mirror(reflecting: object).superclassMirror
        while let mirror = ancestor {
            if let entry = byType[ObjectIdentifier(mirror.subjectType)] {
                byType[type] = entry
                return entry
            }
            ancestor = mirror.superclassMirror
        }
        let entry = entries.last { $0.definition.matches(object) }
        if let entry { byType[type] = entry }
        return entry
    }

    func entry(named name: String) -> Entry? { entries.first { $0.name == name } }

    /// What users call a Swift type.
    func name(of type: Any.Type) -> String { byType[ObjectIdentifier(type)]?.name ?? "\(type)" }

    func add(_ definition: ClassDefinition) throws -> Entry {
        guard entry(named: definition.name) == nil else { throw LuaError("class \(definition.name) is registered twice") }
        var base: Entry?
        if let name = definition.base {
            base = entry(named: name)
            guard base != nil else { throw LuaError("\(definition.name): its base class \(name) is not registered yet") }
        }
        let entry = Entry(definition: definition, base: base)
        entries.append(entry)
        byType[definition.type] = entry
        return entry
    }
}

extension LuaState {
    /// Builds the metatable of a class.
    func register(_ definition: ClassDefinition) throws {
        let entry = try classes.add(definition)
        try withStack(16) { L in
            try check(clua_push_table(L, 0, 16))
            let metatable = lua_gettop(L)
            func set(_ name: String, push: () throws -> Void) throws {
                try self.push(.string(name))
                try push()
                try check(clua_raw_set(L, metatable))
            }
            try set("__name") { try self.push(.string(entry.name)) }
            try set("__metatable") { try self.push(.string(entry.name)) }
            for (name, box) in entry.metamethods where name != "__index" && name != "__newindex" {
                try set(name) { try self.push(box) }
            }
            try set("__index") {
                try pushTable(of: .method, entry)
                try pushTable(of: .getter, entry)
                try self.push(entry.metamethods["__index"] ?? unknownMember(entry))
                try check(clua_push_index(L))
            }
            try set("__newindex") {
                try pushTable(of: .setter, entry)
                try self.push(entry.metamethods["__newindex"] ?? unsettableMember(entry))
                try check(clua_push_newindex(L))
            }
            try check(clua_finish_metatable(L))
            entry.metatable = LuaReference(number: try reference(), pool: references)
        }
    }

    private func pushTable(of kind: ClassDefinition.Member.Kind, _ entry: ClassRegistry.Entry) throws {
        let L = current
        try check(clua_push_table(L, 0, 0))
        for member in entry.members where member.kind == kind {
            try push(.string(member.name))
            try push(member.box)
            try check(clua_raw_set(L, -3))
        }
    }

    private func unknownMember(_ entry: ClassRegistry.Entry) -> FunctionBox {
        FunctionBox(name: entry.name, doc: "") { call in throw call.state.unknownMember(call.value(2), of: entry) }
    }

    private func unsettableMember(_ entry: ClassRegistry.Entry) -> FunctionBox {
        FunctionBox(name: entry.name, doc: "") { call in
            if case .string(let name) = call.value(2), entry.members.contains(where: { $0.name == name }) {
                throw LuaError("\(entry.name).\(name) cannot be assigned")
            }
            throw call.state.unknownMember(call.value(2), of: entry)
        }
    }

    fileprivate func unknownMember(_ key: LuaValue, of entry: ClassRegistry.Entry) -> LuaError {
        guard case .string(let name) = key else { return LuaError("\(entry.name) has no entries, got key \(describe(key))") }
        return LuaError("\(entry.name) has no member '\(name)'\(suggestion(for: name, in: entry.memberNames))")
    }

    /// A value in the words of an error message: its class or type and, for short ones, itself.
    public func describe(_ value: LuaValue) -> String {
        switch value {
        case .nil: return "nil"
        case .boolean(let flag): return "boolean \(flag)"
        case .integer(let number): return "number \(number)"
        case .number: return "number " + ((try? tostring(value)) ?? "")
        case .string(let text): return text.count > 40 ? "string '\(text.prefix(37))...'" : "string '\(text)'"
        case .table, .function:
            if let maker = maker(value) { return "the class \(maker.path) itself" }
            if case .table = value { return "table" }
            return "function"
        case .object(let object): return classes.entry(for: object)?.name ?? "\(type(of: object))"
        case .other(let reference):
            let text = (try? tostring(.other(reference))) ?? "userdata"
            return String(text.prefix { $0 != ":" && $0 != " " })
        }
    }

    /// The documentation of a class, or of a function that stands for one and is named like it: of what has to be called to
    /// get an object. Nil for any other value.
    func maker(_ value: LuaValue) -> Documentation.Entry? {
        switch value {
        case .table(let table):
            guard let path = documentation.path(of: table) else { return nil }
            let entries = documentation.entries.filter { $0.path == path }
            return entries.first { $0.kind == .constructor } ?? entries.first { $0.kind == .class }
        case .function(let function):
            guard let box = function.box, box.name.first?.isUppercase == true, LuaPrinter.isIdentifier(box.name) else { return nil }
            return Documentation.Entry(kind: .function, path: box.path, doc: box.doc, base: nil)
        default: return nil
        }
    }

    /// The name of the class that Lua users see for an object.
    public func className(of object: AnyObject) -> String { classes.entry(for: object)?.name ?? "\(type(of: object))" }
}

extension LuaCall {
    /// For an `.index` handler: the error for a key that means nothing to it.
    public func unknownMember() -> LuaError {
        guard case .object(let object) = hidden, let entry = state.classes.entry(for: object) else {
            return error("unknown key \(state.describe(value(1)))")
        }
        return state.unknownMember(value(1), of: entry)
    }
}
