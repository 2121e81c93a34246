import JSON
import Losses

/// What is compared with what in ``MultipleNegativesRankingLoss``.
public enum ContrastDirection: String, CaseIterable, Sendable {
    /// Each query with the documents of all rows. Always there, since the positive is among them.
    case queryToDocument = "query_to_doc"
    /// Each query with the other queries.
    case queryToQuery = "query_to_query"
    /// Each row's first document with all queries.
    case documentToQuery = "doc_to_query"
    /// Each row's first document with the documents of other rows.
    case documentToDocument = "doc_to_doc"
}

/// How the scores of several directions become one loss.
public enum ContrastPartition: String, CaseIterable, Sendable {
    /// One softmax over the scores of all directions.
    case joint
    /// A softmax for each direction, whose losses are averaged.
    case perDirection = "per_direction"
}

/// Which negatives weigh more the closer they are to the query.
public enum ContrastHardness: String, CaseIterable, Sendable {
    /// The documents of other rows (Lan et al. 2025: LLaVE, arXiv 2503.04812).
    case inBatchNegatives = "in_batch_negatives"
    /// The row's own negatives (Schechter Vera et al. 2025: EmbeddingGemma, arXiv 2509.20354).
    case hardNegatives = "hard_negatives"
    /// Every document but the positive.
    case allNegatives = "all_negatives"
}

/// The settings of ``MultipleNegativesRankingLoss`` and its cached form.
public struct ContrastiveOptions {
    /// Factor of the similarities, the inverse of a temperature.
    public var scale: Double
    public var similarity: EmbeddingSimilarity
    public var directions: [ContrastDirection]
    public var partition: ContrastPartition
    /// nil treats all negatives alike.
    public var hardness: ContrastHardness?
    /// How much a negative's similarity is raised by itself where ``hardness`` says so.
    public var hardnessStrength: Double
    /// Whether documents of other processes serve as negatives too. It is recorded, and is the place where embeddings of
    /// other processes would be joined; a run of sentx is one process, which has nothing to gather.
    public var gathersAcrossDevices: Bool

    public init(scale: Double = 20, similarity: EmbeddingSimilarity = .cosine, directions: [ContrastDirection] = [.queryToDocument],
                partition: ContrastPartition = .joint, hardness: ContrastHardness? = nil, hardnessStrength: Double = 0,
                gathersAcrossDevices: Bool = false) {
        self.scale = scale
        self.similarity = similarity
        self.directions = directions
        self.partition = partition
        self.hardness = hardness
        self.hardnessStrength = hardnessStrength
        self.gathersAcrossDevices = gathersAcrossDevices
    }

    /// Both ways between queries and documents, a softmax each, averaged (Günther et al. 2023: Jina Embeddings 2, arXiv 2310.19923).
    static func symmetric(scale: Double, similarity: EmbeddingSimilarity, gathersAcrossDevices: Bool) -> ContrastiveOptions {
        ContrastiveOptions(scale: scale, similarity: similarity, directions: [.queryToDocument, .documentToQuery], partition: .perDirection,
                           gathersAcrossDevices: gathersAcrossDevices)
    }

    /// - Throws: ``LossError`` for settings that contradict each other.
    func check(for loss: String) throws {
        guard scale > 0 else { throw LossError("\(loss): scale must be above 0, got \(scale)") }
        guard directions.contains(.queryToDocument) else {
            throw LossError("\(loss): directions must contain \"query_to_doc\", which holds the positive; "
                            + "got [\(directions.map(\.rawValue).joined(separator: ", "))]")
        }
        if partition == .perDirection, let alone = directions.first(where: { $0 == .queryToQuery || $0 == .documentToDocument }) {
            throw LossError("\(loss): partition_mode \"per_direction\" needs the positive in every direction, \"\(alone.rawValue)\" never holds it; "
                            + "use partition_mode = \"joint\" or leave that direction out")
        }
        guard hardnessStrength >= 0 else { throw LossError("\(loss): hardness_strength must not be negative, got \(hardnessStrength)") }
    }

    /// What has no effect though it looks as if it had, a sentence each.
    var notes: [String] {
        guard let hardness, hardnessStrength == 0 else { return [] }
        return ["hardness_mode \"\(hardness.rawValue)\" has no effect with hardness_strength 0; give a strength, the paper's is "
                + (hardness == .inBatchNegatives ? "9" : "5")]
    }

    var configuration: JSONObject {
        ["scale": .number(scale), "similarity_fct": .string(similarity.name), "gather_across_devices": .bool(gathersAcrossDevices),
         "directions": .array(directions.map { .string($0.rawValue) }), "partition_mode": .string(partition.rawValue),
         "hardness_mode": hardness.map { .string($0.rawValue) } ?? .null, "hardness_strength": .number(hardnessStrength)]
    }
}
