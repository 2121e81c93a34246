import JSON

/// What a side of the comparison is told when a workload is opened; its JSON form is the first line through the pipe.
public struct WorkDescription: Equatable, Sendable {
    public var task: Workload.Task
    /// A model folder.
    public var model: String
    public var precision: BenchmarkPrecision
    public var threads: Int
    /// The most tokens of a text or pair; nil takes the model's.
    public var maximumLength: Int?
    public var miniBatchSize: Int
    public var isCheckpointed: Bool

    public init(_ workload: Workload, model: String, precision: BenchmarkPrecision, threads: Int) {
        task = workload.task
        self.model = model
        self.precision = precision
        self.threads = threads
        maximumLength = workload.maximumLength
        miniBatchSize = workload.miniBatchSize
        isCheckpointed = workload.isCheckpointed
    }

    package var json: JSONObject {
        ["task": .string(task.rawValue), "model": .string(model), "precision": .string(precision.rawValue), "threads": .integer(Int64(threads)),
         "max_length": maximumLength.map { .integer(Int64($0)) } ?? .null, "mini_batch_size": .integer(Int64(miniBatchSize)),
         "dimensions": .array(Workload.matryoshkaDimensions.map { .integer(Int64($0)) }), "checkpointing": .bool(isCheckpointed)]
    }

    /// - Throws: ``BenchmarkError`` for a line that is no description.
    package init(json: JSONValue) throws {
        guard let task = json["task"]?.asString.flatMap(Workload.Task.init), let model = json["model"]?.asString,
              let precision = json["precision"]?.asString.flatMap(BenchmarkPrecision.init), let threads = json["threads"]?.asInteger,
              let miniBatchSize = json["mini_batch_size"]?.asInteger, let isCheckpointed = json["checkpointing"]?.asBool else {
            throw BenchmarkError("the first line is no description of a workload; sentx-bench serve is started by sentx-bench compare")
        }
        self.task = task
        self.model = model
        self.precision = precision
        self.threads = threads
        maximumLength = json["max_length"]?.asInteger
        self.miniBatchSize = miniBatchSize
        self.isCheckpointed = isCheckpointed
    }
}
