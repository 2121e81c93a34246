import Datasets
import Encoders
import Evaluators
import LuaHost
import SentenceTransformerLosses
import Retrieval
import Tensors

private typealias Arguments = EmbeddingEvaluatorArguments

let translationEvaluatorClass = LuaClass<TranslationEvaluator>(
    "TranslationEvaluator",
    doc: Doc("""
        Measures how often the most similar text of another language is the translation: src2trg_accuracy, trg2src_accuracy, \
        mean_accuracy (primary).
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of translations.",
        options: translations + Arguments.common(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.TranslationEvaluator {
              source_sentences = { "a dog", "rain" }, target_sentences = { "ein Hund", "Regen" }, name = "en-de",
            }
            """)) { call in
        try translationEvaluator(call, sparse: false) {
            try TranslationEvaluator(sourceSentences: $0, targetSentences: $1, options: $2)
        }
    }
}

let sparseTranslationEvaluatorClass = LuaClass<SparseTranslationEvaluator>(
    "SparseTranslationEvaluator",
    doc: Doc("""
        Measures how often the most similar text of another language is the translation by sparse embeddings: the metrics of \
        TranslationEvaluator, and active_dims and sparsity_ratio.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of translations by a sparse encoder.", options: translations + Arguments.sparse(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.SparseTranslationEvaluator {
              source_sentences = { "a dog", "rain" }, target_sentences = { "ein Hund", "Regen" }, name = "en-de",
            }
            """)) { call in
        try translationEvaluator(call, sparse: true) {
            try SparseTranslationEvaluator(sourceSentences: $0, targetSentences: $1, options: $2)
        }
    }
}

private let translations: [Doc.Parameter] = [
    .init("source_sentences", "table of strings", "texts of one language"),
    .init("target_sentences", "table of strings", "the translation of each"),
    .init("print_wrong_matches", "boolean", default: "false",
        "whether mistakes are printed, with what was found in place of the translation"),
]

private func translationEvaluator<E>(
    _ call: LuaCall, sparse: Bool, make: ([String], [String], TranslationEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = TranslationEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 16, sparse: sparse)
    options.printsWrongMatches = try given.bool("print_wrong_matches", default: false)
    let (sources, targets) = (try given.strings("source_sentences"), try given.strings("target_sentences"))
    try given.finish()
    return try make(sources, targets, options)
}

let mseEvaluatorClass = LuaClass<MSEEvaluator>(
    "MSEEvaluator",
    doc: Doc("Measures how far a student's embeddings are from a teacher's: negative_mse (primary), minus the mean squared difference times 100."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of what a student learned from a teacher, which embeds its texts at once.",
        options: taughtTexts("SentenceTransformer") + Arguments.common(batchSize: MSEEvaluator.defaultBatchSize),
        example: """
            local evaluator = sentx.evaluation.MSEEvaluator {
              source_sentences = texts, target_sentences = texts, teacher_model = teacher, name = "distilled",
            }
            """)) { call in
        try mseEvaluator(call, sparse: false) {
            try MSEEvaluator(sourceSentences: $0, targetSentences: $1, teacher: $2, options: $3, onBatch: $4)
        }
    }
}

let sparseMSEEvaluatorClass = LuaClass<SparseMSEEvaluator>(
    "SparseMSEEvaluator",
    doc: Doc("""
        Measures how far a student's sparse embeddings are from a teacher's: negative_mse (primary) as of MSEEvaluator, and \
        active_dims and sparsity_ratio of the student.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of what a sparse student learned from a sparse teacher, which embeds its texts at once.",
        options: taughtTexts("SparseEncoder") + Arguments.sparse(batchSize: MSEEvaluator.defaultBatchSize),
        example: """
            local evaluator = sentx.evaluation.SparseMSEEvaluator {
              source_sentences = texts, target_sentences = texts, teacher_model = teacher, name = "distilled",
            }
            """)) { call in
        try mseEvaluator(call, sparse: true) {
            try SparseMSEEvaluator(sourceSentences: $0, targetSentences: $1, teacher: $2, options: $3, onBatch: $4)
        }
    }
}

private func taughtTexts(_ teacher: String) -> [Doc.Parameter] {
    [
        .init("source_sentences", "table of strings", "what the teacher embeds"),
        .init("target_sentences", "table of strings", "what the student embeds: the same texts, or their translations"),
        .init("teacher_model", teacher, "the teacher"),
    ]
}

private func mseEvaluator<E>(
    _ call: LuaCall, sparse: Bool,
    make: ([String], [String], any TextEmbedder, MSEEvaluator.Options, @escaping (Int, Int) throws -> Void) throws -> E
) throws -> E {
    let given = try call.options(1)
    let options = try given.embeddingEvaluatorOptions(batchSize: MSEEvaluator.defaultBatchSize, sparse: sparse)
    let (sources, targets) = (try given.strings("source_sentences"), try given.strings("target_sentences"))
    let teacher = try given.object("teacher_model", (any TextEmbedder).self)
    try given.finish()
    let progress = ProgressCounter(isWanted: options.showsProgress)
    return try make(sources, targets, teacher, options) { try progress.report("Embedding with the teacher", done: $0, of: $1) }
}

let labelAccuracyEvaluatorClass = LuaClass<LabelAccuracyEvaluator>(
    "LabelAccuracyEvaluator",
    doc: Doc("Measures how often a classifier over embeddings gives the right class: accuracy (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of classes.",
        options: [
            .init("dataset", "Dataset", "columns of texts, and the class of each row, from 0, in the column 'label' or else the last one"),
            .init("softmax_model", "SoftmaxLoss or function(a, b, ...)", """
                gives a score to each class, [rows, classes], from the embeddings of each column, [rows, dimension]
                """),
        ] + Arguments.common(batchSize: LabelAccuracyEvaluator.defaultBatchSize),
        example: """
            local rows = sentx.Dataset.from_table { text = { "puppy", "rain" }, label = { 1, 0 } }
            local evaluator = sentx.evaluation.LabelAccuracyEvaluator {
              dataset = rows, softmax_model = function(embeddings) return embeddings:matmul(weights) end,
            }
            """)) { call in
        let given = try call.options(1)
        let options = try given.embeddingEvaluatorOptions(batchSize: LabelAccuracyEvaluator.defaultBatchSize)
        let dataset = try given.object("dataset", Dataset.self)
        let classifier = try given.slot("softmax_model").embeddingClassifier(in: call.state)
        try given.finish()
        let names = dataset.columnNames
        guard names.count > 1, let label = names.contains("label") ? "label" : names.last else {
            throw call.error("dataset needs a column of texts and one of labels, it has \(names.count)")
        }
        let labels = try dataset.column(label).enumerated().map { row, cell -> Int in
            guard let number = cell.asDouble, let value = Int(exactly: number) else {
                throw call.error("dataset, column '\(label)', row \(row + 1): a class number is wanted, not \(cell.asString.map { "the text \"\($0)\"" } ?? "this cell"); "
                    + "number the classes from 0 with map")
            }
            return value
        }
        let columns = try names.filter { $0 != label }.map { name in
            try dataset.column(name).enumerated().map { row, cell -> String in
                guard let text = cell.asString else { throw call.error("dataset, column '\(name)', row \(row + 1): a text is wanted, it is \(cell)") }
                return text
            }
        }
        return try LabelAccuracyEvaluator(columns: columns, labels: labels, options: options, classifier: classifier)
    }
}

extension LuaSlot {
    /// What gives scores to classes from embeddings: a Lua function of the embeddings of each column.
    func embeddingClassifier(in state: LuaState) throws -> LabelAccuracyEvaluator.Classifier {
        if let loss = objectIfPresent(SoftmaxLoss.self) { return { try loss.output($0[0], $0[1]) } }
        guard case .function(let function) = value else { throw mismatch("SoftmaxLoss or function") }
        return { embeddings in
            let scores = try function.callForOne(embeddings.map { .object($0) })
            return try LuaSlot(scores, state: state, place: "result of softmax_model").object(Tensor.self)
        }
    }
}
