import Files
import JSON
import SafeTensors
import TestSupport
import Testing
import Training

/// A change to a member of a checkpoint's file, and part of the line that refuses it.
struct Damage: Sendable, CustomTestStringConvertible {
    let file: String
    let key: String
    let value: JSONValue?
    let part: String

    init(_ key: String, _ value: JSONValue?, _ part: String, file: String = "run_state.json") {
        self.file = file
        self.key = key
        self.value = value
        self.part = part
    }

    var testDescription: String { "\(file): \(key) = \(value?.serialized() ?? "missing")" }
}

extension JSONValue {
    /// The document with another value at `a.b`; without the member where it is nil.
    func with(_ path: [String], _ value: JSONValue?) -> JSONValue {
        var members = asObject ?? JSONObject()
        members[path[0]] = path.count == 1 ? value : (members[path[0]] ?? .null).with(Array(path.dropFirst()), value)
        return .object(members)
    }
}

/// A checkpoint is believed only when it fits together.
@Suite(.serialized) struct CheckpointTests {
    let folder = TemporaryFolder()
    private let options = JSONParsingOptions(allowsNonFinite: true)

    private func configure(_ arguments: inout TrainingArguments) {
        arguments.saveStrategy = .steps
        arguments.saveSteps = 2
        arguments.loggingSteps = 2
    }

    /// A run of two epochs of six steps, of which eight are done.
    private func startedRun(callbacks: [any TrainerCallback] = []) throws {
        let trainer = try tinyTrainer(callbacks: callbacks, folder: folder("out"), configure)
        for _ in 0..<8 { try trainer.step() }
    }

    private func change(_ damage: Damage) throws {
        let path = folder("out/checkpoint-8/\(damage.file)")
        let json = try JSONValue.parse(contentsOfFile: path, options: options)
        try AtomicFile.write(json.with(damage.key.split(separator: ".").map(String.init), damage.value).serialized(pretty: true), to: path)
    }

    private func resumed(_ lines: Lines = Lines()) throws -> TrainingResult {
        try tinyTrainer(lines: lines, folder: folder("out"), configure).train(resume: .folder(folder("out/checkpoint-8")))
    }

    @Test(arguments: [
        Damage("seconds", 1e300, "'seconds' is 1e+300, a number from 0"), Damage("seconds", -1, "'seconds'"), Damage("seconds", .number(.nan), "'seconds'"),
        Damage("run_started", -1, "'run_started'"), Damage("run_started", nil, "'run_started' is missing"),
        Damage("position.epoch", -1, "'position.epoch' is -1, a whole number from 0"), Damage("position.batch", -1, "'position.batch' is -1"),
        Damage("position.batch", 1000, "'position.batch' is 1000, and epoch 1 has 6 batches"),
        Damage("position.batch", 1, "'position' (epoch 1, batch 1)"), Damage("position.batch", 1.5, "'position.batch'"),
        Damage("position.epoch", 2_147_483_648, "'position.epoch' is 2147483648"), Damage("position.epoch", 0, "'position'"),
        Damage("position.epoch", .integer(.max), "'position.epoch'"), Damage("position", nil, "'position.epoch' is missing"),
        Damage("position.steps_left_out", 1, "'position'"), Damage("position.steps_left_out", 1_000_000_000_000, "'position.steps_left_out'"),
        Damage("losses.steps", .integer(.max), "'losses.steps'"), Damage("losses.steps", 7, "'losses.steps' is 7, and 'global_step'"),
        Damage("losses.steps_since_log", .integer(.max), "'losses.steps_since_log'"), Damage("losses.steps_since_log", 9, "'losses.steps_since_log' is 9"),
        Damage("losses.total", .number(.infinity), "'losses.total'"),
        Damage("generator.stream", "18446744073709551615", "'generator.stream'"), Damage("generator.stream", "3", "'digest'"),
        Damage("generator.seed", 42, "'generator.seed'"),
        Damage("scheduler.peak_learning_rates", [-1.0, -1.0], "'scheduler.peak_learning_rates'"),
        Damage("scheduler.peak_learning_rates", [0.01], "'scheduler.peak_learning_rates' has 1 learning rates, and this run 2 groups"),
        Damage("scheduler.peak_learning_rates", [0.5, 0.01], "'digest'"), Damage("scheduler.peak_learning_rates", [0.01, "x"], "'scheduler"),
        Damage("optimizer.updates", 15, "counts 16 updates of 2 parameters"), Damage("optimizer.name", "SGD", "'optimizer.name' is 'SGD'"),
        Damage("callbacks", [1], "'callbacks'"), Damage("data.batch_size", -4, "'data.batch_size'"), Damage("stopped", 0, "'stopped'"),
        Damage("digest", nil, "'digest'"), Damage("baseline", 3, "'baseline'"),
        Damage("global_step", 0, "'global_step' is 0", file: "trainer_state.json"),
        Damage("global_step", .integer(1 << 62), "'global_step'", file: "trainer_state.json"),
        Damage("global_step", 6, "'global_step' is 6, and the folder is of step 8", file: "trainer_state.json"),
        Damage("epoch", 1e300, "'epoch'", file: "trainer_state.json"), Damage("epoch", 0.5, "'epoch' is 0.5", file: "trainer_state.json"),
        Damage("log_history", ["x"], "'log_history'", file: "trainer_state.json"),
        Damage("log_history", [["step": 9]], "'log_history'", file: "trainer_state.json"),
        Damage("best_global_step", 9, "'best_global_step' is 9", file: "trainer_state.json"),
        Damage("best_metric", 0.5, "'best_metric'", file: "trainer_state.json"),
        Damage("max_steps", 13, "'digest'", file: "trainer_state.json"),
    ])
    func aNumberThatDoesNotFitIsNamed(_ damage: Damage) throws {
        try startedRun()
        try change(damage)
        let error = #expect(throws: TrainingError.self) { try resumed() }
        let text = error?.description ?? ""
        #expect(text.contains(damage.part) && text.contains("checkpoint-8/"), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test func writtenAnewByAnotherProgramItIsStillTheSame() throws {
        let straight = TinyScorer()
        _ = try tinyTrainer(straight, folder: folder("straight"), configure).train()
        try startedRun()
        for file in ["run_state.json", "trainer_state.json"] {
            let path = folder("out/checkpoint-8/\(file)")
            // Compact, and with a member more.
            let json = try JSONValue.parse(contentsOfFile: path, options: options).with(["note"], "mine")
            try AtomicFile.write(json.serialized(), to: path)
        }
        let model = TinyScorer()
        _ = try tinyTrainer(model, folder: folder("out"), configure).train(resume: .folder(folder("out/checkpoint-8")))
        #expect(model.bits == straight.bits)
    }

    /// The optimizer's file with other metadata or tensors.
    private func rewriteOptimizer(_ metadata: (inout [String: String]) -> Void, drops: String? = nil, fills: (String, Float)? = nil) throws {
        let path = folder("out/checkpoint-8/optimizer.safetensors")
        let file = try SafeTensorsFile(path: path)
        var texts = file.metadata
        metadata(&texts)
        let all: [String] = ["classifier.weight", "classifier.bias"].flatMap { ["\($0).exp_avg", "\($0).exp_avg_sq"] }
        let names: [String] = all.filter { $0 != drops }
        let outputs = try names.map { name in
            let values = try file.floats(of: name).map { name == fills?.0 ? fills?.1 ?? 0 : $0 }
            return SafeTensorsOutput(name: name, dtype: .float32, shape: try #require(file.entry(name)).shape,
                                     bytes: UnsafeRawBufferPointer(pointer(values)))
        }
        try SafeTensorsWriter.write(to: path, tensors: outputs, metadata: texts)
    }

    /// Memory that stays for the length of the test program.
    private func pointer(_ values: [Float]) -> UnsafeBufferPointer<Float> {
        let copy = UnsafeMutableBufferPointer<Float>.allocate(capacity: values.count)
        _ = copy.initialize(from: values)
        return UnsafeBufferPointer(copy)
    }

    @Test func momentsThatDoNotFitAreRefused() throws {
        let cases: [(part: String, metadata: (inout [String: String]) -> Void, drops: String?, fills: (String, Float)?)] = [
            ("'__metadata__' has no number of updates of 'classifier.weight'", { $0 = [:] }, nil, nil),
            ("'9223372036854775807' is not a number of updates", { $0["classifier.bias"] = "9223372036854775807" }, nil, nil),
            ("'classifier.bias' has had 9 updates in 8 steps", { $0["classifier.bias"] = "9" }, nil, nil),
            ("counts 15 updates of 2 parameters", { $0["classifier.bias"] = "7" }, nil, nil),
            ("'classifier.bias.exp_avg' is missing", { _ in }, "classifier.bias.exp_avg", nil),
            ("holds a number that no optimizer leaves there", { _ in }, nil, ("classifier.weight.exp_avg", .nan)),
            ("holds a number that no optimizer leaves there", { _ in }, nil, ("classifier.weight.exp_avg_sq", -1)),
        ]
        for (part, metadata, drops, fills) in cases {
            try? Folder.remove(folder("out"))
            try startedRun()
            try rewriteOptimizer(metadata, drops: drops, fills: fills)
            let error = #expect(throws: TrainingError.self) { try resumed() }
            #expect(error?.description.contains(part) == true && error?.description.contains("optimizer.safetensors") == true, "\(part): \(error as Any)")
        }
    }

    @Test func otherRowsOfTheSameNumberAreRefused() throws {
        try startedRun()
        for labels in [true, false] {
            let other = try Trainer(model: TinyScorer(), arguments: {
                var arguments = TrainingArguments()
                arguments.outputDir = folder("out")
                arguments.trainBatchSize = 4
                arguments.numTrainEpochs = 2
                configure(&arguments)
                return arguments
            }(), train: {
                let rows = tinyRows(24)
                return LossBatchSource(inputs: [("text", labels ? rows.inputs[0] : rows.inputs[0].reversed())],
                                       label: ("label", labels ? rows.labels!.reversed() : rows.labels!))
            }(), loss: TinyLoss(TinyScorer()), environment: {
                var environment = RunEnvironment()
                environment.logFolder = nil
                environment.write = { _ in }
                return environment
            }())
            let error = #expect(throws: TrainingError.self) { _ = try other.train(resume: .latest) }
            #expect(error?.description.contains("trained on other rows") == true, "\(error as Any)")
        }
    }

    @Test(arguments: [3, 5])
    func anEpochThatACallbackEndedEarlyIsResumedBehindIt(_ ended: Int) throws {
        func recorder() -> EventRecorder {
            let recorder = EventRecorder()
            recorder.endsEpochAt = [ended]
            return recorder
        }
        let straight = TinyScorer(), resumed = TinyScorer()
        _ = try tinyTrainer(straight, callbacks: [recorder()], folder: folder("straight"), configure).train()
        try startedRun(callbacks: [recorder()])
        _ = try tinyTrainer(resumed, callbacks: [recorder()], folder: folder("out"), configure).train(resume: .latest)
        #expect(resumed.bits == straight.bits)
    }

    // MARK: Several runs in one folder

    @Test func aBaselineThatIsNoNumberDoesNotMakeARunOld() throws {
        func run(_ steps: Int, _ baseline: Double) throws {
            let evaluator = TinyEvaluator()
            evaluator.script = [baseline]
            let trainer = try tinyTrainer(evaluator: evaluator, folder: folder("out")) {
                $0.saveStrategy = .steps
                $0.saveSteps = 2
                $0.saveTotalLimit = 2
                $0.maxSteps = steps
            }
            _ = try trainer.train()
        }
        try run(8, 0.5)
        #expect(Set(try CheckpointStore(folder: folder("out")).steps()) == [6, 8])
        try run(4, .nan)
        #expect(Set(try CheckpointStore(folder: folder("out")).steps()) == [2, 4])
        let lines = Lines()
        let resumed = try tinyTrainer(evaluator: TinyEvaluator(), lines: lines, folder: folder("out"), configure).train(resume: .latest)
        #expect(resumed.globalStep == 12 && lines.contains("checkpoint-4 at step 4 of 12"))
    }

    @Test func whatIsNoCheckpointOfOursIsNeverDeleted() throws {
        let foreign = folder("out/checkpoint-500/notes.txt")
        try Folder.create(folder("out/checkpoint-500"))
        try AtomicFile.write("mine", to: foreign)
        _ = try tinyTrainer(folder: folder("out")) {
            $0.saveStrategy = .steps
            $0.saveSteps = 2
            $0.saveTotalLimit = 1
        }.train()
        #expect(Set(try CheckpointStore(folder: folder("out")).steps()) == [12, 500])
        #expect(FileContents.exists(foreign))
    }

    @Test func aCheckpointWithoutReadableStateIsNamedBeforeAnOlderOneIsTaken() throws {
        try startedRun()
        try AtomicFile.write("{", to: folder("out/checkpoint-8/run_state.json"))
        let lines = Lines()
        _ = try tinyTrainer(lines: lines, folder: folder("out"), configure).train(resume: .latest)
        #expect(lines.contains("skipping \(folder("out/checkpoint-8"))") && lines.contains("checkpoint-6 at step 6 of 12"))
    }

    // MARK: The best one

    /// The scores before training and after steps 2, 4, 6 and 8.
    private func bestOf(_ scores: [Double], saveSteps: StepInterval, _ lines: Lines, limit: Int? = nil) throws -> TrainingResult {
        let evaluator = TinyEvaluator()
        evaluator.script = scores
        return try tinyTrainer(evaluator: evaluator, lines: lines, folder: folder("out")) {
            $0.maxSteps = 8
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveStrategy = .steps
            $0.saveSteps = saveSteps
            $0.saveTotalLimit = limit
            $0.loadBestModelAtEnd = true
        }.train()
    }

    @Test func theBestThatWasSavedIsLoadedWhereTheBestWasNot() throws {
        let lines = Lines()
        let result = try bestOf([0.1, 0.3, 0.2, 0.2, 0.1], saveSteps: 4, lines, limit: 1)
        #expect(result.bestModelCheckpoint == folder("out/checkpoint-4") && result.verdict?.score == 0.2)
        #expect(lines.contains("preflight warning [best-between-saves]"))
        #expect(lines.contains("0.3, was measured at step 2, of which there is no checkpoint"))
        #expect(lines.contains("loaded the best model that was saved, \(folder("out/checkpoint-4")) (eval_tiny_score 0.2)"))
        #expect(Folder.exists(folder("out/checkpoint-4")))
    }

    @Test func aCheckpointOfAnEarlierRunIsNotTakenForTheBest() throws {
        _ = try bestOf([0.1, 0.3, 0.2, 0.2, 0.1], saveSteps: 2, Lines())
        let lines = Lines()
        let result = try bestOf([0.1, 0.3, 0.2, 0.2, 0.1], saveSteps: 500, lines)
        #expect(result.bestModelCheckpoint == folder("out/checkpoint-8") && result.verdict?.score == 0.1)
        #expect(lines.contains("was measured at step 2, of which there is no checkpoint"))
    }

    // MARK: Ends

    @Test func aRunThatACallbackStoppedGoesOn() throws {
        let straight = TinyScorer(), model = TinyScorer(), lines = Lines(), recorder = EventRecorder()
        _ = try tinyTrainer(straight, folder: folder("straight"), configure).train()
        recorder.stopsAt = 4
        _ = try tinyTrainer(callbacks: [recorder], lines: lines, folder: folder("out"), configure).train()
        #expect(lines.contains("training ends at step 4 of 12: EventRecorder asked for it"))
        let result = try tinyTrainer(model, lines: lines, folder: folder("out"), configure).train(resume: .latest)
        #expect(result.globalStep == 12 && model.bits == straight.bits)
        #expect(lines.contains("at step 4 of 12, where a callback had ended training; it goes on now"))
        // Nothing is left, which is said.
        _ = try tinyTrainer(lines: lines, folder: folder("out"), configure).train(resume: .latest)
        #expect(lines.contains("at step 12 of 12, so nothing is left to train"))
    }

    @Test func aRunThatStoppedEarlySaysWhyItStaysSo() throws {
        func run(_ lines: Lines, _ resume: ResumePoint) throws -> Int {
            let evaluator = TinyEvaluator()
            evaluator.script = [0, 0.5, 0.4]
            return try tinyTrainer(evaluator: evaluator, callbacks: [try EarlyStoppingCallback()], lines: lines, folder: folder("out")) {
                $0.evalStrategy = .steps
                $0.evalSteps = 2
                $0.saveStrategy = .steps
                $0.saveSteps = 2
                $0.loadBestModelAtEnd = true
            }.train(resume: resume).globalStep
        }
        _ = try run(Lines(), .none)
        let lines = Lines()
        #expect(try run(lines, .latest) == 4)
        #expect(lines.contains("training ends at step 4 of 12: EarlyStoppingCallback: 1 evaluation without improvement, and early_stopping_patience is 1; raise"))
    }

    @Test func ruinedWeightsAreNeitherSavedNorTheResult() throws {
        for saves in [true, false] {
            let model = TinyScorer()
            model.dropout = 0
            try? Folder.remove(folder("out"))
            let trainer = try tinyTrainer(model, folder: folder("out")) {
                $0.maxSteps = 1
                $0.learningRate = 1e39
                $0.saveStrategy = saves ? .steps : .no
                $0.preflight = .warn
            }
            let error = #expect(throws: TrainingError.self) { try trainer.train() }
            #expect(error?.description.contains("are no longer finite after step 1") == true, "\(error as Any)")
            #expect(!Folder.exists(folder("out/checkpoint-1")))
        }
    }
}
