import JSON
import Tensors

/// What a run needs to go on exactly, beside weights, optimizer and ``TrainerState``: `run_state.json` of a checkpoint.
struct RunProgress {
    static let fileName = "run_state.json"

    /// Microseconds since 1970 at the first start of the run.
    var startedAt: Int
    var seconds: Double
    var position: DataPosition
    var generator: Generator.State
    var peakRates: [Double]
    var losses: LossAverage
    var baseline: (key: String, value: Double)?
    /// Whether a callback had ended training at this step.
    var isStopped: Bool
    /// What each callback saved, in the order of the callbacks.
    var callbacks: [(name: String, state: JSONObject)]
    /// What decides the order of rows; a resumed run must agree in it.
    var data: DataSettings

    /// The names of the losses that the run was trained by; empty if the checkpoint does not tell.
    var lossNames = ""

    /// What decides which rows a step sees.
    struct DataSettings: Equatable {
        /// The datasets in order, by name and number of rows.
        var datasets: [DatasetSize]
        var batchSize: Int
        var accumulation: Int
        var sampler: String
        /// How the batches of several datasets are mixed; nothing for one.
        var mixing: String
        var seed: UInt64
        var dropsLast: Bool
    }

    /// A dataset as far as it decides the order of rows.
    struct DatasetSize: Equatable {
        var name: String?
        var rows: Int
    }

    var json: JSONObject {
        [
            "run_started": .integer(Int64(startedAt)),
            "loss_names": .string(lossNames),
            "seconds": .number(seconds),
            "position": .object(["epoch": .integer(Int64(position.epoch)), "batch": .integer(Int64(position.batch))]),
            // As texts, since they use all 64 bits.
            "generator": .object(["seed": .string("\(generator.seed)"), "stream": .string("\(generator.stream)")]),
            "scheduler": .object(["peak_learning_rates": .array(peakRates.map { .number($0) })]),
            "losses": .object(["since_log": .number(losses.sinceLog), "steps_since_log": .integer(Int64(losses.stepsSinceLog)),
                               "total": .number(losses.total), "steps": .integer(Int64(losses.steps))]),
            "baseline": baseline.map { .object(["key": .string($0.key), "value": .number($0.value)]) } ?? .null,
            "stopped": .bool(isStopped),
            "callbacks": .array(callbacks.map { .object(["name": .string($0.name), "state": .object($0.state)]) }),
            "data": .object(["datasets": .array(data.datasets.map { .object(["name": $0.name.map { .string($0) } ?? .null,
                "rows": .integer(Int64($0.rows))]) }),
                             "multi_dataset_sampler": .string(data.mixing), "batch_size": .integer(Int64(data.batchSize)),
                             "gradient_accumulation_steps": .integer(Int64(data.accumulation)), "sampler": .string(data.sampler),
                             "seed": .string("\(data.seed)"), "drop_last": .bool(data.dropsLast)]),
        ]
    }

    /// Reads `run_state.json`.
    /// - Throws: ``TrainingError`` naming the member that is missing or of the wrong type.
    init(json: JSONValue, file: String) throws {
        func required<Value>(_ path: [String], _ read: (JSONValue) -> Value?) throws -> Value {
            var value: JSONValue? = json
            for key in path { value = value?[key] }
            guard let result = value.flatMap(read) else {
                throw TrainingError("\(file): '\(path.joined(separator: "."))' is missing or not of the right type")
            }
            return result
        }
        let bits: (JSONValue) -> UInt64? = { $0.asString.flatMap { UInt64($0) } }
        startedAt = try required(["run_started"], \.asInteger)
        lossNames = json["loss_names"]?.asString ?? ""
        seconds = try required(["seconds"], \.asNumber)
        position = DataPosition(epoch: try required(["position", "epoch"], \.asInteger), batch: try required(["position", "batch"], \.asInteger))
        generator = Generator.State(seed: try required(["generator", "seed"], bits), stream: try required(["generator", "stream"], bits))
        peakRates = try required(["scheduler", "peak_learning_rates"]) { $0.asArray?.compactMap(\.asNumber) }
        losses = LossAverage(sinceLog: try required(["losses", "since_log"], \.asNumber),
                             stepsSinceLog: try required(["losses", "steps_since_log"], \.asInteger),
                             total: try required(["losses", "total"], \.asNumber), steps: try required(["losses", "steps"], \.asInteger))
        if let key = json["baseline"]?["key"]?.asString, let value = json["baseline"]?["value"]?.asNumber { baseline = (key, value) }
        isStopped = try required(["stopped"], \.asBool)
        callbacks = try required(["callbacks"], \.asArray).compactMap { entry in
            guard let name = entry["name"]?.asString, let state = entry["state"]?.asObject else { return nil }
            return (name, state)
        }
        let datasets = try required(["data", "datasets"]) { value -> [DatasetSize]? in
            value.asArray?.compactMap { entry in entry["rows"]?.asInteger.map { DatasetSize(name: entry["name"]?.asString, rows: $0) } }
        }
        data = DataSettings(datasets: datasets, batchSize: try required(["data", "batch_size"], \.asInteger),
                            accumulation: try required(["data", "gradient_accumulation_steps"], \.asInteger),
                            sampler: try required(["data", "sampler"], \.asString),
                            mixing: try required(["data", "multi_dataset_sampler"], \.asString), seed: try required(["data", "seed"], bits),
                            dropsLast: try required(["data", "drop_last"], \.asBool))
    }

    init(startedAt: Int, seconds: Double, position: DataPosition, generator: Generator.State, peakRates: [Double], losses: LossAverage,
         baseline: (key: String, value: Double)?, isStopped: Bool, callbacks: [(name: String, state: JSONObject)], data: DataSettings,
         lossNames: String) {
        self.startedAt = startedAt
        self.seconds = seconds
        self.position = position
        self.generator = generator
        self.peakRates = peakRates
        self.losses = losses
        self.baseline = baseline
        self.isStopped = isStopped
        self.callbacks = callbacks
        self.data = data
        self.lossNames = lossNames
    }

    /// The start of the run that wrote a checkpoint, 0 if its file cannot be read.
    static func startOfRun(in folder: String) -> Int {
        (try? JSONValue.parse(contentsOfFile: "\(folder)/\(fileName)"))?["run_started"]?.asInteger ?? 0
    }
}
