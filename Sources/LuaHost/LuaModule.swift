import TextFormat

/// A table of functions, classes and further modules, each with its documentation.
///
/// Reading an unknown name from it is an error that names the nearest known one.
public final class LuaModule {
    public let state: LuaState
    /// As users write it: "sentx.util".
    public let path: String
    public let table: LuaTable
    private let names: Names
    private var submodules: [String: LuaModule] = [:]
    /// The functions with one result, in the order they were registered, for modules put together from others.
    public private(set) var functions: [Function] = []

    /// A function as it was registered.
    public struct Function {
        public let name: String
        public let doc: Doc
        public let body: (LuaCall) throws -> LuaValue
    }

    /// What a module holds, shared with the function that answers for unknown names.
    private final class Names {
        var known: [String] = []
    }

    public init(_ path: String, doc: Doc, state: LuaState) throws {
        self.state = state
        self.path = path
        let names = Names()
        self.names = names
        table = try state.record([])
        let lookup = FunctionBox(name: path, doc: "") { call in
            throw LuaModule.unknown(call.value(2), in: path, names.known, call.state)
        }
        try table.setMetatable(state.record([
            ("__index", .function(state.function(lookup))), ("__name", .string(path)),
            ("__tostring", .function(state.function("tostring") { _ in [.string("module \(path)")] })),
        ]))
        state.documentation.add(.module, path, doc, table: table)
    }

    /// `path.name(...)` with one result.
    public func function(_ name: String, doc: Doc, _ body: @escaping (LuaCall) throws -> LuaValue) throws {
        try functionWithResults(name, doc: doc) { [try body($0)] }
        functions.append(Function(name: name, doc: doc, body: body))
    }

    /// `path.name(...)` with any number of results.
    public func functionWithResults(_ name: String, doc: Doc, _ body: @escaping (LuaCall) throws -> [LuaValue]) throws {
        // Messages name the function without the module, as users read it in their script.
        try set(name, .function(state.function(FunctionBox(name: name, path: "\(path).\(name)", doc: doc, body: body))))
        state.documentation.add(.function, "\(path).\(name)", doc)
    }

    /// `path.name` with a fixed value.
    public func constant(_ name: String, _ value: LuaValue, doc: Doc) throws {
        try set(name, value)
        state.documentation.add(.constant, "\(path).\(name)", doc)
    }

    /// The module `path.name`, made at the first call.
    public func submodule(_ name: String, doc: Doc) throws -> LuaModule {
        if let module = submodules[name] { return module }
        let module = try LuaModule("\(path).\(name)", doc: doc, state: state)
        submodules[name] = module
        try set(name, .table(module.table))
        return module
    }

    /// Registers a class; `path.Name` is its constructor and holds its functions.
    public func `class`<T>(_ luaClass: LuaClass<T>) throws {
        let definition = luaClass.definition
        try state.register(definition)
        let classPath = "\(path).\(definition.name)"
        let functionNames = definition.functions.map(\.name)
        let lookup = FunctionBox(name: classPath, doc: "") { call in
            throw LuaModule.unknown(call.value(2), in: classPath, functionNames, call.state)
        }
        let classTable = try state.record(definition.functions.map { ($0.name, .function(try state.function($0.box))) })
        var metatable: [(String, LuaValue)] = [
            ("__index", .function(try state.function(lookup))), ("__name", .string(classPath)),
            ("__tostring", .function(try state.function("tostring") { _ in [.string("class \(classPath)")] })),
        ]
        if let constructor = definition.constructor {
            metatable.append(("__call", .function(try state.function(constructor))))
        }
        try classTable.setMetatable(state.record(metatable))
        try set(definition.name, .table(classTable))
        state.documentation.add(definition, path: classPath, table: classTable)
    }

    /// Makes a name of this module mean the same as one of another, such as the class of a submodule.
    public func alias(_ name: String, to value: LuaValue) throws { try set(name, value) }

    private func set(_ name: String, _ value: LuaValue) throws {
        guard !names.known.contains(name) else { throw LuaError("\(path).\(name) is registered twice") }
        names.known.append(name)
        try table.set(name, value)
    }

    private static func unknown(_ key: LuaValue, in path: String, _ known: [String], _ state: LuaState) -> LuaError {
        guard case .string(let name) = key else { return LuaError("\(path) has no entry \(state.describe(key))") }
        let hint = nearestName(to: name, in: known).map { " (did you mean '\($0)'?)" } ?? ""
        return LuaError("\(path) has no member '\(name)'\(hint)")
    }
}

extension LuaState {
    /// Makes `require(name)` build a module by `build` at the first call.
    public func preload(_ name: String, doc: Doc, _ build: @escaping (LuaModule) throws -> Void) throws {
        guard case .table(let package) = try globals.get("package"), case .table(let preload) = try package.get("preload") else {
            throw LuaError("package.preload is missing")
        }
        let loader = try function("require '\(name)'") { call in
            let module = try LuaModule(name, doc: doc, state: call.state)
            try build(module)
            return [.table(module.table)]
        }
        try preload.set(name, .function(loader))
    }
}
