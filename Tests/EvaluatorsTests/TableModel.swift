import Encoders
import Tensors

/// A model that looks embeddings up. The role and the prompt turn a vector, so that it is seen whether the right ones were
/// used. Normalized vectors are kept beside the plain ones, so that rounding is the same as in the reference.
final class TableModel: EncoderModel, TextEmbedder {
    struct Table: Decodable {
        let plain: [String: [Float]]
        let unit: [String: [Float]]
    }

    var kind: String { isSparse ? "SparseEncoder" : "SentenceTransformer" }
    let isSparse: Bool
    let parameters: [NamedParameter] = []
    var isTraining = false
    var usesGradientCheckpointing = false
    var similarityFunction: SimilarityFunction
    private let table: Table
    private(set) var calls: [(texts: [String], role: TextRole)] = []

    init(_ table: Table, similarity: SimilarityFunction, isSparse: Bool = false) {
        self.isSparse = isSparse
        self.table = table
        similarityFunction = similarity
    }

    func save(to folder: String) throws {}

    func encode(_ texts: [String], as role: TextRole, options: EncodeOptions) throws -> Tensor {
        calls.append((texts, role))
        try options.onBatch?(0, texts.count)
        let shift = (options.prompt ?? "").count + 2 * (options.promptName ?? "").count + (role == .query ? 1 : role == .document ? 2 : 0)
        let rows = texts.map { text -> [Float] in
            let vector = (options.normalizeEmbeddings ? table.unit : table.plain)[text]!
            let turned = vector.indices.map { vector[(($0 - shift) % vector.count + vector.count) % vector.count] }
            return Array(turned.prefix(options.truncateDim ?? .max))
        }
        return Tensor(rows.flatMap { $0 }, shape: [texts.count, rows.first?.count ?? 0])
    }

    func embeddings(of texts: [String], as role: TextRole, options: EncodeOptions) throws -> TextEmbeddings {
        let dense = try encode(texts, as: role, options: options)
        if !isSparse { return .dense(dense) }
        let sparse = SparseMatrix(dense: dense)
        return .sparse(options.maxActiveDims.map { sparse.topK(perRow: $0) } ?? sparse)
    }
}
