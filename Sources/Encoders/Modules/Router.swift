import JSON
import Tensors
import Tokenizers

/// Sends texts through one of several lists of modules, chosen by the task of the call.
public final class Router: InputModule {
    /// One list of modules.
    public struct Route {
        public let name: String
        public let modules: [any Module]

        public init(_ name: String, _ modules: [any Module]) {
            self.name = name
            self.modules = modules
        }
    }

    /// A rule that sends a task, a kind of input or both to a route; nil stands for any.
    public struct Mapping: Equatable {
        public let task: String?
        /// `"text"`, or another kind, which no input here has.
        public let modality: String?
        public let route: String

        public init(task: String?, modality: String?, route: String) {
            self.task = task
            self.modality = modality
            self.route = route
        }
    }

    public let type = ModuleType.router
    public let routes: [Route]
    /// The route of texts without a task; nil asks for a task.
    public let defaultRoute: String?
    public let allowsEmptyKey: Bool
    public let mappings: [Mapping]

    /// - Parameters:
    ///   - defaultRoute: the route of texts without a task.
    ///   - allowsEmptyKey: whether the first route is the default where `defaultRoute` is nil.
    /// - Throws: ``ModelError`` for routes without modules, or a default or mapping that names no route.
    public init(routes: [Route], defaultRoute: String? = nil, allowsEmptyKey: Bool = true, mappings: [Mapping] = []) throws {
        guard !routes.isEmpty else { throw ModelError("Router: at least one route is wanted") }
        let names = routes.map { "\"\($0.name)\"" }.joined(separator: ", ")
        for route in routes where route.modules.isEmpty { throw ModelError("Router: route \"\(route.name)\" has no modules") }
        // Names begin the names of folders, and stand before a dot in the names of parameters.
        for route in routes where !(1...100).contains(route.name.utf8.count) || route.name.utf8.contains(where: { $0 == 0x2E || $0 == 0x2F || $0 < 0x20 }) {
            throw ModelError("Router: route \"\(route.name)\": a name of 1 to 100 bytes without dots and slashes is wanted")
        }
        var seen: Set<String> = []
        if let twice = routes.first(where: { !seen.insert($0.name).inserted }) { throw ModelError("Router: route \"\(twice.name)\" comes twice") }
        if let defaultRoute, !routes.contains(where: { $0.name == defaultRoute }) {
            throw ModelError("Router: default_route \"\(defaultRoute)\" is not among the routes \(names)")
        }
        for mapping in mappings where !routes.contains(where: { $0.name == mapping.route }) {
            throw ModelError("Router: route_mappings leads to \"\(mapping.route)\", which is not among the routes \(names)")
        }
        self.routes = routes
        self.defaultRoute = defaultRoute ?? (allowsEmptyKey ? routes[0].name : nil)
        self.allowsEmptyKey = allowsEmptyKey
        self.mappings = mappings
    }

    /// Routes for the tasks `query` and `document`, which `encode_query` and `encode_document` set.
    public static func forQueryDocument(
        query: [any Module], document: [any Module], defaultRoute: String? = "document", allowsEmptyKey: Bool = true
    ) throws -> Router {
        try Router(routes: [Route("query", query), Route("document", document)], defaultRoute: defaultRoute, allowsEmptyKey: allowsEmptyKey)
    }

    /// The lengths of the vectors that the routes give, in their order; empty where one cannot be told.
    public var routeWidths: [Int] {
        let widths = routes.compactMap { route in route.modules.reversed().lazy.compactMap(\.embeddingDimension).first }
        return widths.count == routes.count ? widths : []
    }

    /// The route that texts with a task take.
    ///
    /// Mappings come first: of the task and `text`, of the task alone, of `text` alone, of anything; then the route that is
    /// named as the task, then one named `text`, and without a task the default.
    /// - Throws: ``ModelError`` if there is none.
    public func route(task: String?) throws -> Route {
        for (task, modality) in [(task, "text"), (task, nil), (nil, "text"), (nil, nil)] as [(String?, String?)] {
            if let mapping = mappings.first(where: { $0.task == task && $0.modality == modality }) { return self[mapping.route] }
        }
        if let task, let route = routes.first(where: { $0.name == task }) { return route }
        if let route = routes.first(where: { $0.name == "text" }) { return route }
        let known = routes.map { "\"\($0.name)\"" }.joined(separator: ", ")
        if let task { throw ModelError("no route for the task \"\(task)\"; the Router has the routes \(known)") }
        guard let defaultRoute else {
            throw ModelError("the Router has no default route, so each call needs a task out of \(known): "
                + "use encode_query or encode_document, the option task, or router_mapping in training")
        }
        return self[defaultRoute]
    }

    private subscript(name: String) -> Route { routes.first { $0.name == name }! }

    public var tokenizer: Tokenizer? { routes.lazy.compactMap { ($0.modules[0] as? any InputModule)?.tokenizer }.first }

    /// The greatest of the routes.
    public var maximumLength: Int? { routes.compactMap { ($0.modules[0] as? any InputModule)?.maximumLength }.max() }

    /// Sets it for all routes whose texts a transformer reads.
    public func setMaximumLength(_ length: Int) throws {
        let readers = routes.compactMap { $0.modules[0] as? TransformerModule }
        if readers.isEmpty { throw ModelError("max_seq_length does not apply: no route of the Router begins with a Transformer") }
        for reader in readers { try reader.setMaximumLength(length) }
    }

    /// That of the first route that has one.
    public var embeddingDimension: Int? {
        routes.lazy.compactMap { $0.modules.reversed().lazy.compactMap(\.embeddingDimension).first }.first
    }

    public var isTraining: Bool {
        get { distinctModules.contains(where: \.isTraining) }
        set { for module in distinctModules { module.isTraining = newValue } }
    }

    public var usesGradientCheckpointing: Bool {
        get { distinctModules.contains(where: \.usesGradientCheckpointing) }
        set { for module in distinctModules { module.usesGradientCheckpointing = newValue } }
    }

    /// Of all routes; what routes share comes once.
    public var parameters: [NamedParameter] {
        NamedParameter.distinct(routes.flatMap { route in
            route.modules.enumerated().flatMap { index, module in
                module.parameters.map { NamedParameter(name: "sub_modules.\(route.name).\(index).\($0.name)", tensor: $0.tensor) }
            }
        })
    }

    public var storedParameters: [StoredParameter] {
        get throws {
            try savedModules.flatMap { id, module in
                try module.storedParameters.map { StoredParameter(file: "\(id)/\($0.file)", name: $0.name, tensor: $0.tensor) }
            }
        }
    }

    public var transformerPlaces: [(folder: String, module: TransformerModule)] {
        savedModules.flatMap { id, module in module.transformerPlaces.map { ($0.folder.isEmpty ? id : "\(id)/\($0.folder)", $0.module) } }
    }

    public func check(_ widths: inout FeatureWidths) throws {
        var first: FeatureWidths?
        for route in routes {
            var own = widths
            for module in route.modules {
                do { try module.check(&own) } catch { throw ModelError("route \"\(route.name)\": \(error)") }
            }
            first = first ?? own
        }
        if let first { widths = first }
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        try features.run(route(task: features.input.task).modules)
    }

    /// Every module of every route with the name of its folder; what routes share comes once.
    var savedModules: [(id: String, module: any Module)] {
        var saved: [(id: String, module: any Module)] = []
        for route in routes {
            for (index, module) in route.modules.enumerated() where !saved.contains(where: { $0.module === module }) {
                saved.append(("\(route.name)_\(index)_\(module.type.rawValue)", module))
            }
        }
        return saved
    }

    private var distinctModules: [any Module] { savedModules.map(\.module) }
}

extension NamedParameter {
    /// Each tensor once, under its first name.
    static func distinct(_ parameters: [NamedParameter]) -> [NamedParameter] {
        var seen = Set<ObjectIdentifier>()
        return parameters.filter { seen.insert(ObjectIdentifier($0.tensor)).inserted }
    }
}
