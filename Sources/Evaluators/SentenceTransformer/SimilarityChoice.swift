import Encoders

/// The similarity functions of an evaluator: those that it was given, else that of the model it last saw (the cosine
/// before it saw one).
struct SimilarityChoice {
    private(set) var functions: [SimilarityFunction]
    private let followsModel: Bool

    /// - Throws: ``EvaluatorError`` for a function named twice.
    init(_ given: [SimilarityFunction], evaluator: String) throws {
        functions = given.isEmpty ? [.cosine] : given
        followsModel = given.isEmpty
        if Set(given).count != given.count { throw EvaluatorError("\(evaluator): similarity_fn_names names a function twice") }
    }

    mutating func prepare(for model: any EncoderModel) {
        if followsModel, let embedder = model as? any TextEmbedder { functions = [embedder.similarityFunction] }
    }
}
