import Encoders
import Evaluators
import LuaHost
import Retrieval

/// What the Lua classes of evaluators of embeddings share.
enum EmbeddingEvaluatorArguments {
    static let functionNames = "\"cosine\", \"dot\", \"euclidean\", \"manhattan\""

    /// Options that all of them take.
    static func common(batchSize: Int) -> [Doc.Parameter] {
        [
            .init("name", "string", default: "\"\"", "put before each key, as in name_key, and into the name of the CSV file"),
            .init("batch_size", "integer", default: "\(batchSize)", "texts embedded at a time"),
            .init("truncate_dim", "integer", optional: true, "leading elements of embeddings to compare; by default the model's setting"),
            .init("show_progress_bar", "boolean", default: "true", "whether a terminal shows how far it is"),
            .init("write_csv", "boolean", default: "true", "whether a row is added to a CSV file when an output_path is given"),
        ]
    }

    /// The same of evaluators of sparse encoders.
    static func sparse(batchSize: Int) -> [Doc.Parameter] {
        common(batchSize: batchSize).map { parameter in
            switch parameter.name {
            case "truncate_dim":
                return .init("max_active_dims", "integer", optional: true,
                             "the greatest elements of an embedding to keep; by default the model's setting")
            case "show_progress_bar":
                return .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is")
            default: return parameter
            }
        }
    }

    static let similarityNames = Doc.Parameter(
        "similarity_fn_names", "table of strings", optional: true, "of \(functionNames); by default the model's own")
}

extension LuaOptions {
    /// - Parameter sparse: whether the evaluator is of sparse encoders, which have other options.
    func embeddingEvaluatorOptions(batchSize: Int, sparse: Bool = false) throws -> EmbeddingEvaluatorOptions {
        var shared = EmbeddingEvaluatorOptions(batchSize: try positiveInteger("batch_size", default: batchSize))
        shared.name = try string("name", default: "")
        if sparse {
            shared.maxActiveDims = try optionalPositiveInteger("max_active_dims")
        } else {
            shared.truncateDim = try optionalPositiveInteger("truncate_dim")
        }
        shared.showsProgress = try bool("show_progress_bar", default: !sparse)
        shared.writesCSV = try bool("write_csv", default: true)
        return shared
    }

    /// `similarity_fn_names`, empty if absent.
    func similarityFunctions() throws -> [SimilarityFunction] {
        let slot = slot("similarity_fn_names")
        return slot.isNil ? [] : try slot.list().map { try $0.similarityFunction() }
    }

    func optionalSimilarityFunction(_ name: String) throws -> SimilarityFunction? {
        let slot = slot(name)
        return slot.isNil ? nil : try slot.similarityFunction()
    }

    /// A table of texts by id, sorted by id since a Lua table has no order.
    func textsById(_ name: String) throws -> [(id: String, text: String)] {
        let slot = slot(name)
        guard case .table(let table) = slot.value else { throw slot.mismatch("table of texts by id") }
        return try table.pairs().map { key, value -> (id: String, text: String) in
            let id = try slot.id(key)
            return (id, try slot.field(id, value).string())
        }.sorted { $0.id < $1.id }
    }
}

extension LuaSlot {
    /// A string or a whole number as an id. - Parameter value: a key or an entry of this table.
    func id(_ value: LuaValue) throws -> String {
        if let text = value.asString { return text }
        if let number = value.asInteger { return number.description }
        throw invalid("ids are strings or whole numbers")
    }
}
