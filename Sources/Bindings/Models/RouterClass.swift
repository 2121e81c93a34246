import Encoders
import LuaHost

let routerClass = LuaClass<Router>(
    "Router", doc: Doc("Sends texts through one of several lists of modules, chosen by the task of the call.", example: """
        local router = sentx.models.Router.for_query_document(query_modules, document_modules)
        local model = sentx.SentenceTransformer { modules = { router, sentx.models.Normalize() } }
        """), base: "Module"
) { c in
    let shared: [Doc.Parameter] = [
        .init("default_route", "string", optional: true, "the route of texts without a task"),
        .init("allow_empty_key", "boolean", default: "true",
              "whether the first route as written is the default where default_route is not given; of several routes by name none is the first"),
    ]
    c.constructor(doc: Doc(
        """
        Routes by name, as { query = {...}, document = {...} }, or in order as { { "query", {...} }, { "document", {...} } }. A task goes to \
        the route of its name, unless route_mappings says otherwise. A Lua table has no order: of routes by name only default_route makes \
        one the default, and without it every call needs a task.
        """,
        parameters: [.init("sub_modules", "table", "names of routes, each with a list of modules; two routes may share modules")],
        options: shared + [
            .init("route_mappings", "table", optional: true,
                "rules { task = ..., modality = ..., route = ... }; what a rule leaves out stands for any"),
        ], returns: "Router")) { call in
        let routes = try routes(call.slot(1))
        let given = try call.options(2)
        let mappings = try given.has("route_mappings") ? given.slot("route_mappings", nil).list().map(mapping) : []
        let defaultRoute = try given.optionalString("default_route")
        var allowsEmptyKey = try given.bool("allow_empty_key", default: true)
        try given.finish()
        if defaultRoute == nil, routes.count > 1, try call.table(1).count == 0 {
            if given.has("allow_empty_key"), allowsEmptyKey {
                throw call.error("allow_empty_key makes the first route the default, and names in a Lua table have no order; give default_route, "
                    + "or the routes as a list: { { \"query\", {...} }, { \"document\", {...} } }")
            }
            allowsEmptyKey = false
        }
        return try Router(routes: routes, defaultRoute: defaultRoute, allowsEmptyKey: allowsEmptyKey, mappings: mappings)
    }
    c.function("for_query_document", doc: Doc(
        "Routes \"query\" and \"document\", which encode_query and encode_document take.",
        parameters: [.init("query_modules", "table of Modules", "for queries"), .init("document_modules", "table of Modules", "for documents")],
        options: [.init("default_route", "string", default: "\"document\"", "the route of texts without a task"), shared[1]],
            returns: "Router")) { call in
        var query = call.slot(1), document = call.slot(2)
        var given = try call.options(3)
        // The two lists may also be named in one table.
        if case .table(let table) = query.value, document.isNil, table.count == 0 {
            given = try call.options(1)
            query = given.slot("query_modules", nil)
            document = given.slot("document_modules", nil)
        }
        let router = try Router.forQueryDocument(
            query: modules(query), document: modules(document), defaultRoute: given.string("default_route", default: "document"),
            allowsEmptyKey: given.bool("allow_empty_key", default: true))
        try given.finish()
        return .object(router)
    }
    c.property("default_route", doc: "The route of texts without a task; nil asks for a task.") { router, _ in .optional(router.defaultRoute) }
    c.property("sub_modules", doc: "The routes: a table of names and lists of modules.") { router, call in
        try call.record(router.routes.map { route in (route.name, try call.list(route.modules.map { .object($0) })) })
    }
}

/// A list of modules; those of a model may stand for it.
func modules(_ slot: LuaSlot) throws -> [any Module] {
    if let model = slot.objectIfPresent((any ModularModel).self) { return model.modules }
    return try slot.objects((any Module).self)
}

/// Routes by name, or a list of names and lists of modules in their order.
private func routes(_ slot: LuaSlot) throws -> [Router.Route] {
    let table = try slot.table()
    if table.count > 0 {
        return try slot.list().map { entry in
            let pair = try entry.list()
            guard pair.count == 2 else { throw entry.mismatch("{ name, list of modules }") }
            return Router.Route(try pair[0].string(), try modules(pair[1]))
        }
    }
    let pairs = try table.pairs().map { key, value -> (String, LuaValue) in
        guard let name = key.asString else { throw slot.mismatch("table of names and lists of modules") }
        return (name, value)
    }
    return try pairs.sorted { $0.0 < $1.0 }.map { Router.Route($0.0, try modules(slot.field($0.0, $0.1))) }
}

private func mapping(_ slot: LuaSlot) throws -> Router.Mapping {
    let given = try slot.options()
    let mapping = Router.Mapping(task: try given.optionalString("task"), modality: try given.optionalString("modality"),
        route: try given.string("route"))
    try given.finish()
    return mapping
}
