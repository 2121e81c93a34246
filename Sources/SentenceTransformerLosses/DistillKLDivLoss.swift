import Encoders
import JSON
import Losses
import Tensors

/// The model's distribution over the candidates of a query should be the teacher's.
///
///     loss = t^2 mean over rows of sum over candidates of p (log p - log q)
///     q = softmax(s(query, candidate) / t),   p = softmax(teacher's score / T)
///
/// with t the student's temperature and T the teacher's. (Lin, Yang, Lin 2020: Distilling Dense Representations for Ranking
/// using Tightly-Coupled Teachers, arXiv 2010.11386; the factor after Hinton, Vinyals, Dean 2015, arXiv 1503.02531.)
///
/// Columns: query and two or more candidates, usually the positive first. Labels: a list with the teacher's score of each
/// candidate; minus infinity excludes one.
public final class DistillKLDivLoss: EmbeddingLoss {
    public let name = "DistillKLDivLoss"
    public let model: any SentenceEmbedder
    public let similarity: PairwiseFunction
    public let temperature: Double
    public let studentTemperature: Double
    public let teacherTemperature: Double

    /// - Parameters:
    ///   - similarity: `similarity_fct`.
    ///   - temperature: divides all scores; more is softer.
    ///   - studentTemperature: in place of it for the model's scores.
    ///   - teacherTemperature: in place of it for the teacher's.
    /// - Throws: ``LossError`` for a temperature that is not positive and finite.
    public init(model: any SentenceEmbedder, similarity: PairwiseFunction = PairwiseSimilarity.dot, temperature: Double = 1,
                studentTemperature: Double? = nil, teacherTemperature: Double? = nil) throws {
        for (option, value) in [("temperature", temperature), ("student_temperature", studentTemperature ?? temperature),
                                ("teacher_temperature", teacherTemperature ?? temperature)] where !(value > 0 && value < .infinity) {
            throw LossError("DistillKLDivLoss: \(option) is \(value); it must be positive and finite")
        }
        self.model = model
        self.similarity = similarity
        self.temperature = temperature
        self.studentTemperature = studentTemperature ?? temperature
        self.teacherTemperature = teacherTemperature ?? temperature
    }

    public var requirements: LossRequirements? {
        LossRequirements(columns: [.text, .text, .text], allowsMoreColumns: true, labels: [.numbers(count: nil)],
                         labelsForColumns: { max(0, $0 - 1) ... max(0, $0 - 1) })
    }

    public var configuration: JSONObject {
        var configuration: JSONObject = ["similarity_fct": .string(similarity.name), "temperature": .number(temperature)]
        if studentTemperature != temperature { configuration["student_temperature"] = .number(studentTemperature) }
        if teacherTemperature != temperature { configuration["teacher_temperature"] = .number(teacherTemperature) }
        return configuration
    }

    public func value(of embeddings: [Tensor], batch: LossBatch, context: [Tensor]) throws -> Tensor {
        let candidates = embeddings.count - 1
        guard candidates >= 2 else {
            throw LossError("\(name) expects a query and at least two candidate columns, the batch has \(embeddings.count) input columns; "
                            + "the distribution over one candidate is always 1")
        }
        let scores = try batch.labelRows(for: name) { $0.isFinite || $0 == -.infinity }
        guard scores.shape[1] == candidates else {
            throw LossError("""
                \(name): \(scores.shape[1]) labels in a row do not fit \(candidates) candidates; one score of the teacher for \
                each is wanted
                """)
        }
        let values = scores.floatArray()
        for row in 0..<scores.shape[0] where values[row * candidates ..< (row + 1) * candidates].allSatisfy({ $0 == -.infinity }) {
            throw LossError("\(name):", row: row, "excludes all of its candidates; at least one finite score is wanted")
        }
        let student = try Tensor.stack(embeddings.dropFirst().map { try similarity(embeddings[0], $0) }, dim: 1)
        let teacher = try (scores / teacherTemperature).softmax(dim: 1)
        return try Functional.klDivBatchMean((student / studentTemperature).logSoftmax(dim: 1), teacher) * (studentTemperature * studentTemperature)
    }
}
