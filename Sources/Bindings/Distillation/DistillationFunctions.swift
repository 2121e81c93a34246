import Datasets
import Encoders
import LuaHost
import Retrieval
import Tensors

/// What students are taught by: `sentx.util.precompute_embeddings`, `teacher_scores` and `principal_components`.
func registerDistillation(_ sentx: LuaModule) throws {
    let util = try sentx.submodule("util", doc: "Similarities of embeddings.")
    try util.function("precompute_embeddings", doc: Doc(
        "A teacher's embeddings of texts, which a student is to learn. Texts that come several times are computed once.",
        parameters: [.init("model", "SentenceTransformer", "the teacher"), .init("texts", "table of strings", "one a row")],
        options: [
            .init("cache_folder", "string", optional: true, "where embeddings are kept for the next run; made anew for another model or other texts"),
            .init("batch_size", "integer", default: "32", "texts computed together"),
            .init("normalize_embeddings", "boolean", default: "false", "whether vectors are scaled to length 1"),
            .init("prompt_name", "string", optional: true, "the name of one of the model's prompts"),
            .init("prompt", "string", optional: true, "a text put before each text"),
            .init("truncate_dim", "integer", optional: true, "leading elements to keep; by default the model's setting"),
            .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
        ],
        returns: "Tensor [texts, dimension]",
        example: """
            local targets = sentx.util.precompute_embeddings(teacher, train.english, { cache_folder = "data/embeddings" })
            train = train:add_column("label", targets)
            """)) { call in
        try call.requireAtMost(3)
        let model = try call.object(1, SentenceTransformer.self), texts = try call.strings(2)
        let given = try call.options(3)
        let folder = try given.optionalString("cache_folder")
        let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
        let options = EncodeOptions(
            batchSize: try given.batchSize(), normalizeEmbeddings: try given.bool("normalize_embeddings", default: false),
            prompt: try given.optionalString("prompt"), promptName: try given.optionalString("prompt_name"),
            truncateDim: try given.optionalPositiveInteger("truncate_dim")) { try progress.report("Encoding", done: $0, of: $1) }
        try given.finish()
        return .object(try model.precomputedEmbeddings(of: texts, cacheFolder: folder, options: options) { print($0) })
    }
    try util.function("teacher_scores", doc: Doc(
        """
        A teacher's raw scores of rows of a query and documents, as labels for a student: margins for MarginMSELoss, scores for \
        losses over distributions. Pairs that come several times are scored once.
        """,
        parameters: [
            .init("teacher", "CrossEncoder or SentenceTransformer", "scores pairs, without an activation; an embedding model by its similarity"),
            .init("dataset", "Dataset", "a column of queries and one or more of documents"),
        ],
        options: [
            .init("target", "string", default: "\"margins\"",
                  "\"margins\": the first document's score less that of each other; \"scores\": the score of each document"),
            .init("query_column_name", "string", optional: true, "the queries; the first column by default"),
            .init("document_column_names", "table of strings", optional: true, "the documents; all other columns but labels by default"),
            .init("batch_size", "integer", default: "32", "pairs computed together"),
            .init("show_progress_bar", "boolean", default: "false", "whether a terminal shows how far it is"),
        ],
        returns: "Tensor [rows, columns], or [rows] for one column",
        example: """
            local teacher = sentx.CrossEncoder("models/wordnet-ce/final")
            train = triplets:add_column("score", sentx.util.teacher_scores(teacher, triplets))
            """)) { call in
        try call.requireAtMost(3)
        guard let teacher = call.slot(1).objectIfPresent((any PairTeacher).self) else {
            throw call.slot(1).mismatch("CrossEncoder or SentenceTransformer")
        }
        let dataset = try call.object(2, Dataset.self)
        let given = try call.options(3)
        let target = TeacherTarget(rawValue: try given.choice("target", TeacherTarget.allCases.map(\.rawValue), default: "margins")) ?? .margins
        let query = try given.optionalString("query_column_name"), documents = try given.optionalStrings("document_column_names")
        let size = try given.batchSize()
        let progress = ProgressCounter(isWanted: try given.bool("show_progress_bar", default: false))
        try given.finish()
        let options = BatchOptions(batchSize: size) { try progress.report("Scoring", done: $0, of: $1) }
        return .object(try teacherScores(of: dataset, by: teacher, target: target, queryColumn: query, documentColumns: documents, options: options))
    }
    try util.function("principal_components", doc: Doc(
        """
        The directions along which embeddings vary most, as weights of a Dense module that shortens embeddings and loses as \
        little as can be: at right angles, of length 1, the one of the greatest variance first.
        """,
        parameters: [.init("embeddings", "Tensor", "[n, d]")],
        options: [.init("n_components", "integer", optional: true, "how many; by default as many as there are, the lesser of n and d")],
        returns: "table: components [n_components, d], mean [d], explained_variance and explained_variance_ratio [n_components]",
        example: """
            local pca = sentx.util.principal_components(model:encode(texts), { n_components = 128 })
            local dense = sentx.models.Dense(384, 128, { bias = false, activation_function = "identity", init_weight = pca.components })
            """)) { call in
        try call.requireAtMost(2)
        let embeddings = try call.object(1, Tensor.self)
        let given = try call.options(2)
        let slot = given.slot("n_components")
        // Without vectors there is nothing to count; that is the better complaint.
        let count = slot.isNil ? nil : try slot.integer(from: 1, to: max(1, embeddings.shape.min() ?? 1))
        try given.finish()
        let found = try PrincipalComponents(of: embeddings, count: count ?? embeddings.shape.min() ?? 0)
        return try call.record([
            ("components", .object(found.components)), ("mean", .object(found.mean)),
            ("explained_variance", .object(found.explainedVariance)), ("explained_variance_ratio", .object(found.explainedVarianceRatio)),
        ])
    }
}
