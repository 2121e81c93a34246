import Files
import JSON

extension Router {
    /// Reads `router_config.json`, or the `config.json` that `Asym` wrote, and the modules it names.
    /// - Throws: ``ModelError`` naming file and key.
    /// - Parameter loading: makes the modules.
    convenience init(folder: String, loading: ModuleLoading) throws {
        let source = try ConfigurationFile.ifPresent(Path.join(folder, "router_config.json"))
            ?? ConfigurationFile(path: Path.join(folder, "config.json"))
        guard let types = source.object["types"]?.asObject, let structure = source.object["structure"]?.asObject else {
            throw ModelError("\(source.path): the objects \"types\" and \"structure\" are wanted")
        }
        var modules: [String: any Module] = [:]
        for (id, value) in types {
            guard let path = value.asString else { throw ModelError("\(source.path): types: \(id): a class path is wanted") }
            guard let place = Path.below(folder, id), place != folder else {
                throw ModelError("\(source.path): types: \"\(id)\": the name of a folder within the router's own is wanted")
            }
            modules[id] = try loading.module(classPath: path, folder: place, named: source.path)
        }
        let routes = try structure.map { name, value -> Route in
            let ids = value.asArray?.map(\.asString) ?? []
            return Route(name, try ids.map { id in
                guard let id, let module = modules[id] else {
                    throw ModelError("\(source.path): structure: \(name): a list of names out of \"types\" is wanted")
                }
                return module
            })
        }
        let parameters = ConfigurationFile(path: source.path, object: try source.members("parameters"))
        let route = try parameters.stringIfPresent("default_route")
        let mappings = try parameters.members("route_mappings").map { key, value in
            guard let route = value.asString else { throw ModelError("\(source.path): route_mappings: \(key): the name of a route is wanted") }
            return try Mapping(key: key, route: route, file: source.path)
        }
        let allowsEmptyKey = try parameters.bool("allow_empty_key", default: true)
        do {
            try self.init(routes: routes, defaultRoute: route, allowsEmptyKey: allowsEmptyKey, mappings: mappings)
        } catch {
            throw ModelError("\(source.path): \(error)")
        }
    }

    public var settings: JSONObject {
        ["default_route": defaultRoute.map { .string($0) } ?? .null, "allow_empty_key": .bool(allowsEmptyKey),
         "route_mappings": .object(JSONObject(mappings.map { ($0.key, .string($0.route)) }))]
    }

    public func save(to folder: String) throws {
        let saved = savedModules
        for (id, module) in saved {
            let place = Path.join(folder, id)
            try Folder.create(place)
            try module.save(to: place)
        }
        let structure = routes.map { route in
            (route.name, JSONValue.array(route.modules.map { module in .string(saved.first { $0.module === module }!.id) }))
        }
        try ModelSaving.write([
            "types": .object(JSONObject(saved.map { ($0.id, .string($0.module.type.path)) })),
            "structure": .object(JSONObject(structure)), "parameters": .object(settings),
        ], to: folder, "router_config.json")
    }
}

extension Router.Mapping {
    /// Reads a Python tuple such as `('query', 'text')` or `(None, ('image', 'text'))`, as the reference writes keys. A kind of
    /// input made of several is kept as its text.
    init(key: String, route: String, file: String) throws {
        let wrong = ModelError("\(file): route_mappings: \"\(key)\": a pair such as \"('query', None)\" is wanted")
        guard key.hasPrefix("("), key.hasSuffix(")") else { throw wrong }
        let inner = key.dropFirst().dropLast()
        guard let comma = inner.firstIndex(of: ",") else { throw wrong }
        func part(_ text: Substring) throws -> String? {
            let text = String(text).trimmingSpaces
            if text == "None" { return nil }
            if text.hasPrefix("(") { return text }
            guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else { throw wrong }
            return String(text.dropFirst().dropLast())
        }
        self.init(task: try part(inner[..<comma]), modality: try part(inner[inner.index(after: comma)...]), route: route)
    }

    var key: String {
        func text(_ part: String?) -> String { part.map { $0.hasPrefix("(") ? $0 : "'\($0)'" } ?? "None" }
        return "(\(text(task)), \(text(modality)))"
    }
}

extension String {
    /// Without spaces at either end.
    fileprivate var trimmingSpaces: String {
        String(self.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
