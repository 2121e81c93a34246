import Encoders

/// The similarity functions of an evaluator: those that it was given, else that of the model it last saw (the cosine
/// before it saw one).
struct SimilarityChoice {
    private(set) var functions: [SimilarityFunction]
    private let followsModel: Bool

    init(_ given: [SimilarityFunction]) {
        functions = given.isEmpty ? [.cosine] : given
        followsModel = given.isEmpty
    }

    /// - Throws: ``EvaluatorError`` for a function named twice.
    func check(for evaluator: some EmbeddingEvaluator) throws {
        if Set(functions).count == functions.count { return }
        throw EvaluatorError("\(evaluator.typeName): similarity_fn_names names a function twice")
    }

    mutating func prepare(for model: any EncoderModel) {
        if followsModel, let embedder = model as? any TextEmbedder { functions = [embedder.similarityFunction] }
    }
}
