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
        .init("allow_empty_key", "boolean", default: "true", "whether the first route, by name, is the default where default_route is not given"),
    ]
    c.constructor(doc: Doc(
        "Routes by name. A task goes to the route of its name, unless route_mappings says otherwise.",
        parameters: [.init("sub_modules", "table", "names of routes, each with a list of modules; two routes may share modules")],
        options: shared + [
            .init("route_mappings", "table", optional: true,
                "rules { task = ..., modality = ..., route = ... }; what a rule leaves out stands for any"),
        ], returns: "Router")) { call in
        // Lua's own order is arbitrary.
        let pairs = try call.table(1).pairs().map { key, value -> (String, LuaValue) in
            guard let name = key.asString else { throw call.slot(1).mismatch("table of names and lists of modules") }
            return (name, value)
        }
        let routes = try pairs.sorted { $0.0 < $1.0 }.map { Router.Route($0.0, try modules(call.slot(1).field($0.0, $0.1))) }
        let given = try call.options(2)
        let mappings = try given.has("route_mappings") ? given.slot("route_mappings", nil).list().map(mapping) : []
        let router = try Router(routes: routes, defaultRoute: given.optionalString("default_route"),
                                allowsEmptyKey: given.bool("allow_empty_key", default: true), mappings: mappings)
        try given.finish()
        return router
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

private func mapping(_ slot: LuaSlot) throws -> Router.Mapping {
    let given = try slot.options()
    let mapping = Router.Mapping(task: try given.optionalString("task"), modality: try given.optionalString("modality"),
        route: try given.string("route"))
    try given.finish()
    return mapping
}
