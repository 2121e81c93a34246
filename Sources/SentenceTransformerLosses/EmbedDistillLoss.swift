import Datasets
import Encoders
import JSON
import Losses
import SafeTensors
import Tensors

/// The model's embeddings should be a teacher's, computed beforehand.
///
///     loss = mean over columns and rows of d(P u, t)
///
/// with u the model's embedding, t the teacher's, P none or a learned linear map, and d by choice 1 minus the cosine, the
/// Euclidean distance, or the mean of squared differences. (Kim, Rawat, Zaheer, Jayasumana, Sadhanala, Jitkrittum, Menon,
/// Fergus, Kumar 2023: EmbedDistill: A Geometric Knowledge Distillation for Information Retrieval, arXiv 2301.12005.)
///
/// Columns: one or more texts. Labels: a vector, as a list of numbers, which is the target of every column; or a list with
/// a vector for each column.
public class EmbedDistillLoss: EmbeddingLoss {
    /// How far an embedding is from its target.
    public enum Metric: String, CaseIterable, Sendable {
        case mse, l2, cosine
    }

    public var name: String { "EmbedDistillLoss" }
    public let model: any SentenceEmbedder
    public let metric: Metric
    /// P with weight `[teacher's dimension, dimension]` and bias; nil for none. Trained, and not part of the saved model.
    public private(set) var projection: Linear?

    /// - Parameters:
    ///   - metric: `distance_metric`.
    ///   - projectionDimension: elements of the teacher's embeddings, where they differ from the model's; nil for no projection.
    ///   - generator: makes the projection, uniform in ± 1 / sqrt(dimension).
    public init(model: any SentenceEmbedder, metric: Metric = .cosine, projectionDimension: Int? = nil, generator: Generator = .shared) throws {
        self.model = model
        self.metric = metric
        if let projectionDimension {
            guard projectionDimension > 0 else { throw LossError("EmbedDistillLoss: projection_dim is \(projectionDimension); it must be above 0") }
            projection = try Linear(freshInputs: model.embeddingDimension, outputs: projectionDimension, generator: generator)
        }
    }

    public var parameters: [NamedParameter] { projection?.parameters(under: "projection") ?? [] }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text], allowsMoreColumns: true,
            labels: [.vectors(dimension: projection?.outputCount ?? model.embeddingDimension)])
    }

    public var configuration: JSONObject {
        ["distance_metric": .string(metric.rawValue), "projection_dim": projection.map { .integer(Int64($0.outputCount)) } ?? .null]
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let targets = try self.targets(of: batch, columns: embeddings.count)
        let losses = try zip(embeddings, targets).map { embedding, target in
            let projected = try projection?(embedding) ?? embedding
            guard projected.shape == target.shape else {
                throw LossError("\(name): the labels are vectors of \(target.shape[1]) numbers, the embeddings have \(projected.shape[1]); "
                                + "set projection_dim = \(target.shape[1]) to learn a map between them")
            }
            switch metric {
            case .mse: return try Functional.mse(projected, target)
            case .l2: return try (projected - target).norm(dim: -1).mean()
            case .cosine: return try (1 - projected.cosineSimilarity(target, dim: -1)).mean()
            }
        }
        return try Tensor.stack(losses, dim: 0).mean()
    }

    /// The teacher's embeddings of each column, `[rows, teacher's dimension]`.
    private func targets(of batch: LossBatch, columns: Int) throws -> [Tensor] {
        let cells = try batch.labelCells(for: name)
        guard case .list(let first)? = cells.first, case .list? = first.first else {
            let vectors = try batch.labelRows(for: name)
            return Array(repeating: vectors, count: columns)
        }
        let rows = try cells.enumerated().map { row, cell -> [DatasetValue] in
            guard let vectors = cell.asList, vectors.count == columns else {
                throw LossError("\(name): the label in", row: row, "has \(cell.asList?.count ?? 0) vectors for \(columns) input columns; give one "
                                + "for each column, or one vector for all")
            }
            return vectors
        }
        return try (0..<columns).map { column in
            try LossBatch(inputs: batch.inputs, labels: rows.map { $0[column] }).labelRows(for: name)
        }
    }

    /// Writes the projection to a safetensors file with `weight` and `bias`, to go on with in another run. The trainer saves
    /// the model alone.
    /// - Throws: ``LossError`` if there is no projection.
    public func saveProjection(to path: String) throws {
        guard let projection else { throw LossError("\(name): there is no projection to save; make the loss with projection_dim") }
        let tensors = [("weight", projection.weight), ("bias", projection.bias!)].map { ($0, $1.detach().contiguous()) }
        try SafeTensorsWriter.write(to: path, tensors: tensors.map { name, tensor in
            SafeTensorsOutput(name: name, dtype: .float32, shape: tensor.shape,
                              bytes: UnsafeRawBufferPointer(start: tensor.floats, count: tensor.count * MemoryLayout<Float>.size))
        }, metadata: ["format": "pt"])
        withExtendedLifetime(tensors) {}
    }

    /// Takes a projection written by ``saveProjection(to:)``, or makes one of its shape if the loss has none.
    /// - Throws: ``LossError`` if it does not fit the model or the projection that is there.
    public func loadProjection(from path: String) throws {
        let file = try SafeTensorsFile(path: path)
        guard let shape = file.entry("weight")?.shape, shape.count == 2, file.entry("bias")?.shape == [shape[0]] else {
            throw LossError("\(name): \(path) holds no projection; a weight [teacher's dimension, dimension] and a bias are wanted")
        }
        let inputs = projection?.inputCount ?? model.embeddingDimension, outputs = projection?.outputCount ?? shape[0]
        guard shape == [outputs, inputs] else {
            throw LossError("\(name): the projection in \(path) maps \(shape[1]) numbers to \(shape[0]), here \(inputs) to \(outputs) are wanted")
        }
        let target = try projection ?? Linear(freshInputs: inputs, outputs: outputs, generator: .shared)
        try GradientTape.noGrad {
            try target.weight.copyInPlace(Tensor(try file.floats(of: "weight"), shape: shape))
            try target.bias!.copyInPlace(Tensor(try file.floats(of: "bias")))
        }
        projection = target
    }
}
