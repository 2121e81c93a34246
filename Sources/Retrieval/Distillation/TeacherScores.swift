import Datasets
import Encoders
import Tensors

/// A model whose judgement of pairs a student can learn: a cross-encoder, or an embedding model with its similarity.
public protocol PairTeacher: AnyObject {
    /// A raw score, before any activation, for each pair.
    func teacherScores(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor
}

extension CrossEncoder: PairTeacher {
    public func teacherScores(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor {
        guard numLabels == 1 else {
            throw DistillationError("the teacher has \(numLabels) labels and so no one score for a pair; a CrossEncoder with num_labels 1 is wanted")
        }
        return try predict(pairs, options: PredictOptions(batchSize: options.batchSize, activation: .identity, onBatch: options.onBatch))
    }
}

extension SentenceTransformer: PairTeacher {
    public func teacherScores(_ pairs: [TextPair], options: BatchOptions) throws -> Tensor {
        let encoding = EncodeOptions(batchSize: options.batchSize, onBatch: options.onBatch)
        var queryOptions = encoding, documentOptions = encoding
        if let known = prompts["query"], !known.isEmpty { queryOptions.promptName = "query" }
        if let known = prompts["document"], !known.isEmpty { documentOptions.promptName = "document" }
        queryOptions.task = "query"
        documentOptions.task = "document"
        return try similarityFunction.pairwise(precomputedEmbeddings(of: pairs.map(\.first), options: queryOptions),
                                               precomputedEmbeddings(of: pairs.map(\.second), options: documentOptions))
    }
}

/// A mistake in what a teacher is asked.
public struct DistillationError: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// What `teacherScores` gives for a row of a query and several documents.
public enum TeacherTarget: String, CaseIterable, Sendable {
    /// The score of each document: what losses over distributions of scores learn (`DistillKLDivLoss`).
    case scores
    /// The score of the first document less that of each other one: what `MarginMSELoss` learns.
    case margins
}

/// A teacher's scores of rows of a query and documents, computed once before a student is trained on them. Pairs that come
/// in several rows are scored once.
///
/// - Parameters:
///   - queryColumn: nil for the first column.
///   - documentColumns: nil for all other columns of texts but labels.
/// - Returns: `[rows, documents]` for scores, `[rows, documents - 1]` for margins; `[rows]` where that would be one column.
/// - Throws: ``DistillationError`` for a column that is missing or holds no texts, or scores that are not finite.
public func teacherScores(
    of dataset: Dataset, by teacher: any PairTeacher, target: TeacherTarget, queryColumn: String? = nil, documentColumns: [String]? = nil,
    options: BatchOptions
) throws -> Tensor {
    let names = dataset.columnNames
    guard let query = queryColumn ?? names.first else { throw DistillationError("the dataset has no columns") }
    let documents = documentColumns ?? names.filter { $0 != query && !Dataset.labelNames.contains($0) }
    let needed = target == .margins ? 2 : 1
    guard documents.count >= needed else {
        throw DistillationError("""
            \(target.rawValue) need a column of queries and \(needed) or more of documents, the dataset has \
            \(names.joined(separator: ", "))
            """)
    }
    let queries = try texts(dataset, query)
    var pairs: [TextPair] = []
    var places: [TextPair: Int] = [:]
    let columns = try documents.map { name in
        zip(queries, try texts(dataset, name)).map { query, document -> Int in
            let pair = TextPair(query, document)
            if let place = places[pair] { return place }
            places[pair] = pairs.count
            pairs.append(pair)
            return pairs.count - 1
        }
    }
    let scores = try teacher.teacherScores(pairs, options: options)
    if scores.floatArray().contains(where: { !$0.isFinite }) { throw DistillationError("the teacher gave a score that is not a finite number") }
    let rows = try Tensor.stack(columns.map { try scores.indexSelect(dim: 0, indices: $0) }, dim: 1)
    let result: Tensor
    switch target {
    case .scores: result = rows
    case .margins: result = try rows.narrow(dim: 1, start: 0, length: 1).subtracting(rows.narrow(dim: 1, start: 1, length: documents.count - 1))
    }
    return result.shape[1] == 1 ? try result.reshape([result.shape[0]]) : result
}

private func texts(_ dataset: Dataset, _ name: String) throws -> [String] {
    guard dataset.columnNames.contains(name) else {
        throw DistillationError("there is no column \"\(name)\"; the dataset has \(dataset.columnNames.joined(separator: ", "))")
    }
    return try dataset.column(name).enumerated().map { row, value in
        guard case .string(let text) = value else { throw DistillationError("column \"\(name)\", row \(row + 1): a text is wanted, it is \(value)") }
        return text
    }
}
