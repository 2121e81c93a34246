import Encoders
import Evaluators
import LuaHost
import Retrieval

private typealias Arguments = EmbeddingEvaluatorArguments

let embeddingSimilarityEvaluatorClass = LuaClass<EmbeddingSimilarityEvaluator>(
    "EmbeddingSimilarityEvaluator",
    doc: Doc("""
        Measures how the similarity of embeddings follows given scores: pearson_cosine and spearman_cosine (primary), likewise \
        for other similarities.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of graded similarity.",
        options: gradedPairs + [
            .init("precision", "string", optional: true,
                  "\"float32\", \"int8\", \"uint8\", \"binary\" or \"ubinary\": normalizes embeddings and quantizes them before they are compared"),
        ] + Arguments.common(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.EmbeddingSimilarityEvaluator {
              sentences1 = { "a dog runs", "a dog runs" }, sentences2 = { "a dog is running", "rain falls" }, scores = { 0.95, 0.1 }, name = "sts",
            }
            """)) { call in
        try similarityEvaluator(call, sparse: false) {
            try EmbeddingSimilarityEvaluator(sentences1: $0, sentences2: $1, scores: $2, options: $3)
        }
    }
}

let sparseEmbeddingSimilarityEvaluatorClass = LuaClass<SparseEmbeddingSimilarityEvaluator>(
    "SparseEmbeddingSimilarityEvaluator",
    doc: Doc("""
        Measures how the similarity of sparse embeddings follows given scores: the metrics of EmbeddingSimilarityEvaluator, and \
        active_dims and sparsity_ratio.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of graded similarity by a sparse encoder.", options: gradedPairs + Arguments.sparse(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.SparseEmbeddingSimilarityEvaluator {
              sentences1 = { "a dog runs", "a dog runs" }, sentences2 = { "a dog is running", "rain falls" }, scores = { 0.95, 0.1 }, name = "sts",
            }
            """)) { call in
        try similarityEvaluator(call, sparse: true) {
            try SparseEmbeddingSimilarityEvaluator(sentences1: $0, sentences2: $1, scores: $2, options: $3)
        }
    }
}

private let gradedPairs: [Doc.Parameter] = [
    .init("sentences1", "table of strings", "the first text of each pair"),
    .init("sentences2", "table of strings", "the second text of each pair"),
    .init("scores", "table of numbers", "how alike they are, on any scale"),
    .init("main_similarity", "string", optional: true, "of \(Arguments.functionNames): decides the primary metric"),
    Arguments.similarityNames,
]

private func similarityEvaluator<E>(
    _ call: LuaCall, sparse: Bool, make: ([String], [String], [Double], EmbeddingSimilarityEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = EmbeddingSimilarityEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 16, sparse: sparse)
    options.mainSimilarity = try given.optionalSimilarityFunction("main_similarity")
    options.similarityFunctions = try given.similarityFunctions()
    if !sparse {
        options.precision = try given.optionalChoice("precision", EmbeddingPrecision.allCases.map(\.rawValue))
            .flatMap { EmbeddingPrecision(rawValue: $0) }
    }
    let (first, second, scores) = (try given.strings("sentences1"), try given.strings("sentences2"), try given.numbers("scores"))
    try given.finish()
    return try make(first, second, scores, options)
}

let binaryClassificationEvaluatorClass = LuaClass<BinaryClassificationEvaluator>(
    "BinaryClassificationEvaluator",
    doc: Doc("""
        Measures how well similarity tells pairs that belong together from others: cosine_ap (primary), cosine_accuracy, cosine_f1, \
        cosine_precision, cosine_recall, cosine_mcc and thresholds, likewise for other similarities.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of pairs that belong together or do not.",
        options: labelledPairs + Arguments.common(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.BinaryClassificationEvaluator {
              sentences1 = { "a young dog", "a young dog" }, sentences2 = { "puppy", "kennel" }, labels = { 1, 0 }, name = "dev",
            }
            """)) { call in
        try binaryEvaluator(call, sparse: false) {
            try BinaryClassificationEvaluator(sentences1: $0, sentences2: $1, labels: $2, options: $3)
        }
    }
}

let sparseBinaryClassificationEvaluatorClass = LuaClass<SparseBinaryClassificationEvaluator>(
    "SparseBinaryClassificationEvaluator",
    doc: Doc("""
        Measures how well the similarity of sparse embeddings tells pairs that belong together from others: the metrics of \
        BinaryClassificationEvaluator, and active_dims and sparsity_ratio.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of pairs that belong together or do not, by a sparse encoder.", options: labelledPairs + Arguments.sparse(batchSize: 32),
        example: """
            local evaluator = sentx.evaluation.SparseBinaryClassificationEvaluator {
              sentences1 = { "a young dog", "a young dog" }, sentences2 = { "puppy", "kennel" }, labels = { 1, 0 }, name = "dev",
            }
            """)) { call in
        try binaryEvaluator(call, sparse: true) {
            try SparseBinaryClassificationEvaluator(sentences1: $0, sentences2: $1, labels: $2, options: $3)
        }
    }
}

private let labelledPairs: [Doc.Parameter] = [
    .init("sentences1", "table of strings", "the first text of each pair"),
    .init("sentences2", "table of strings", "the second text of each pair"),
    .init("labels", "table of integers", "1 for pairs that belong together, else 0"),
    Arguments.similarityNames,
]

private func binaryEvaluator<E>(
    _ call: LuaCall, sparse: Bool, make: ([String], [String], [Int], BinaryClassificationEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = BinaryClassificationEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 32, sparse: sparse)
    options.similarityFunctions = try given.similarityFunctions()
    let (first, second, labels) = (try given.strings("sentences1"), try given.strings("sentences2"), try given.integers("labels"))
    try given.finish()
    return try make(first, second, labels, options)
}

let tripletEvaluatorClass = LuaClass<TripletEvaluator>(
    "TripletEvaluator",
    doc: Doc("""
        Measures how often an anchor is more similar to its positive than to its negative: cosine_accuracy (primary), likewise \
        for other similarities.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of triplets.",
        options: triplets + Arguments.common(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.TripletEvaluator {
              anchors = { "a young dog" }, positives = { "puppy" }, negatives = { "kennel" }, name = "dev",
            }
            """)) { call in
        try tripletEvaluator(call, sparse: false) { try TripletEvaluator(anchors: $0, positives: $1, negatives: $2, options: $3) }
    }
}

let sparseTripletEvaluatorClass = LuaClass<SparseTripletEvaluator>(
    "SparseTripletEvaluator",
    doc: Doc("""
        Measures how often an anchor is more similar to its positive than to its negative by sparse embeddings: the metrics of \
        TripletEvaluator, and active_dims and sparsity_ratio of anchor, positive and negative.
        """),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "An evaluator of triplets by a sparse encoder.", options: triplets + Arguments.sparse(batchSize: 16),
        example: """
            local evaluator = sentx.evaluation.SparseTripletEvaluator {
              anchors = { "a young dog" }, positives = { "puppy" }, negatives = { "kennel" }, name = "dev",
            }
            """)) { call in
        try tripletEvaluator(call, sparse: true) { try SparseTripletEvaluator(anchors: $0, positives: $1, negatives: $2, options: $3) }
    }
}

private let triplets: [Doc.Parameter] = [
    .init("anchors", "table of strings", "embedded as queries"),
    .init("positives", "table of strings", "embedded as documents"),
    .init("negatives", "table of strings", "embedded as documents"),
    .init("main_similarity_function", "string", optional: true, "of \(Arguments.functionNames): decides the primary metric"),
    .init("margin", "number or table", default: "0", "by how much the positive has to be more similar; a number, or one by similarity"),
    Arguments.similarityNames,
]

private func tripletEvaluator<E>(
    _ call: LuaCall, sparse: Bool, make: ([String], [String], [String], TripletEvaluator.Options) throws -> E
) throws -> E {
    let given = try call.options(1)
    var options = TripletEvaluator.Options()
    options.shared = try given.embeddingEvaluatorOptions(batchSize: 16, sparse: sparse)
    options.mainSimilarity = try given.optionalSimilarityFunction("main_similarity_function")
    options.similarityFunctions = try given.similarityFunctions()
    options.margins = try margins(given.slot("margin"))
    let (anchors, positives, negatives) = (try given.strings("anchors"), try given.strings("positives"), try given.strings("negatives"))
    try given.finish()
    return try make(anchors, positives, negatives, options)
}

private func margins(_ slot: LuaSlot) throws -> [SimilarityFunction: Double] {
    if slot.isNil { return [:] }
    guard case .table(let table) = slot.value else {
        guard slot.value.asNumber != nil else { throw slot.mismatch("number or table of numbers by similarity") }
        let margin = try slot.finiteNumber()
        return Dictionary(uniqueKeysWithValues: SimilarityFunction.allCases.map { ($0, margin) })
    }
    return Dictionary(uniqueKeysWithValues: try table.pairs().map { key, value -> (SimilarityFunction, Double) in
        guard let function = key.asString.flatMap({ SimilarityFunction(rawValue: $0) }) else {
            throw slot.invalid("the keys must be of \(Arguments.functionNames)")
        }
        return (function, try slot.field(function.rawValue, value).finiteNumber())
    })
}
