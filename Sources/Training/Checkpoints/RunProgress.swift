import Datasets
import JSON
import Tensors

/// What a run needs to go on exactly, beside weights, optimizer and ``TrainerState``: `run_state.json` of a checkpoint.
struct RunProgress: SavedState {
    static let fileName = "run_state.json"
    /// Where the file keeps the number that binds it to `trainer_state.json`.
    static let digestKey = "digest"

    /// Microseconds since 1970 at the first start of the run.
    var startedAt = 0
    /// The names of the losses that the run is trained by.
    var lossNames = ""
    var seconds = 0.0
    var position = DataPosition()
    var generator = Generator.State(seed: 0, stream: 0)
    var peakRates: [Double] = []
    var optimizer = OptimizerSummary()
    var losses = LossAverage()
    var baseline: Baseline?
    /// Whether a callback had ended training at this step.
    var isStopped = false
    /// What each callback saved, in the order of the callbacks.
    var callbacks: [CallbackState] = []
    /// What decides the order of rows; a resumed run must agree in it.
    var data = DataSettings()

    /// What `optimizer.safetensors` has to hold.
    struct OptimizerSummary: Equatable {
        var name = ""
        /// Parameters that have been updated.
        var parameters = 0
        /// Their numbers of updates, added up.
        var updates = 0

        init() {}

        init(_ optimizer: any Optimizer) { self.init(name: "\(type(of: optimizer))", memory: optimizer.memory) }

        init(name: String, memory: [String: ParameterMemory]) {
            self.name = name
            parameters = memory.count
            updates = memory.values.reduce(0) { $0 + $1.step }
        }
    }

    /// What a callback saved.
    struct CallbackState {
        var name: String
        var state: JSONObject
    }

    /// What decides which rows a step sees.
    struct DataSettings: Equatable {
        /// The datasets in order.
        var datasets: [DatasetSummary] = []
        var batchSize = 0
        var accumulation = 0
        var sampler = ""
        /// How the batches of several datasets are mixed; nothing for one.
        var mixing = ""
        var seed: UInt64 = 0
        var dropsLast = false
    }

    /// A dataset as far as it decides what a step sees.
    struct DatasetSummary: Equatable {
        var name: String?
        var rows: Int
        /// ``LossBatchSource/fingerprint`` of its rows.
        var fingerprint: UInt64
    }

    /// A number of updates of all parameters together stays far below what an integer holds.
    private static let mostUpdates = 1 << 60

    static let fields: [SavedField<RunProgress>] = [
        .count("run_started", \.startedAt, 0...(1 << 53)),
        .text("loss_names", \.lossNames),
        .number("seconds", \.seconds, 0...1e10),
        .count("position.epoch", \.position.epoch),
        .count("position.batch", \.position.batch),
        .count("position.steps_left_out", \.position.stepsLeftOut),
        .bits("generator.seed", \.generator.seed),
        .bits("generator.stream", \.generator.stream, atMost: 1 << 62),
        .list("scheduler.peak_learning_rates", \.peakRates, wanted: "a list of finite numbers of 0 or more", write: { .number($0) },
              read: { $0.asNumber.flatMap { $0.isFinite && $0 >= 0 ? $0 : nil } }),
        .text("optimizer.name", \.optimizer.name),
        .count("optimizer.parameters", \.optimizer.parameters),
        .count("optimizer.updates", \.optimizer.updates, 0...mostUpdates),
        .number("losses.since_log", \.losses.sinceLog),
        .count("losses.steps_since_log", \.losses.stepsSinceLog),
        .number("losses.total", \.losses.total),
        .count("losses.steps", \.losses.steps),
        .optional("baseline", \.baseline, wanted: "an object with a key and a value",
                  write: { .object(["key": .string($0.key), "value": .number($0.value)]) },
                  read: { json in
                      guard let key = json["key"]?.asString, let value = json["value"]?.asNumber else { return nil }
                      return Baseline(key: key, value: value)
                  }),
        .flag("stopped", \.isStopped),
        .list("callbacks", \.callbacks, wanted: "a list of objects with name and state",
              write: { .object(["name": .string($0.name), "state": .object($0.state)]) },
              read: { json in
                  guard let name = json["name"]?.asString, let state = json["state"]?.asObject else { return nil }
                  return CallbackState(name: name, state: state)
              }),
        .list("data.datasets", \.data.datasets, wanted: "a list of objects with name, rows and fingerprint",
              write: { .object(["name": $0.name.map { .string($0) } ?? .null, "rows": .integer(Int64($0.rows)),
                                "fingerprint": .string("\($0.fingerprint)")]) },
              read: { json in
                  guard let rows = json["rows"]?.asInteger, rows >= 0,
                        let fingerprint = json["fingerprint"]?.asString.flatMap({ UInt64($0) }) else { return nil }
                  return DatasetSummary(name: json["name"]?.asString, rows: rows, fingerprint: fingerprint)
              }),
        .text("data.multi_dataset_sampler", \.data.mixing),
        .count("data.batch_size", \.data.batchSize),
        .count("data.gradient_accumulation_steps", \.data.accumulation),
        .text("data.sampler", \.data.sampler),
        .bits("data.seed", \.data.seed),
        .flag("data.drop_last", \.data.dropsLast),
    ]

    // MARK: The file

    /// The members of `run_state.json`. The last one binds them to those of `trainer_state.json`: a checkpoint one of whose files was
    /// exchanged or damaged is not believed.
    func json(with state: TrainerState) -> JSONObject {
        var members = members
        members[Self.digestKey] = .string(digest(with: state))
        return members
    }

    /// A number that changes with any member of the two files.
    func digest(with state: TrainerState) -> String {
        let text = JSONValue.array([.object(members), .object(state.members)]).serialized()
        return String(DatasetValue.string(text).fingerprint, radix: 16)
    }

    /// Reads the file of a checkpoint.
    /// - Throws: ``TrainingError`` naming the member that is missing or not what is wanted, or the error of a file that is no JSON.
    static func read(_ folder: String) throws -> (progress: RunProgress, digest: String?) {
        let path = "\(folder)/\(fileName)"
        let json = try JSONValue.parse(contentsOfFile: path, options: JSONParsingOptions(allowsNonFinite: true))
        return (try RunProgress(members: json, file: path), json[digestKey]?.asString)
    }
}

/// The score before training, and the key it was measured under.
struct Baseline: Equatable {
    var key: String
    var value: Double
}
