import Datasets
import Evaluators
import Files
import JSON
import Tensors
import TestSupport
import Testing
import Training

/// Runs of the whole trainer. They share the process's random numbers, so they run one after another.
@Suite(.serialized) struct TrainerTests {
    let folder = TemporaryFolder()

    @Test func trainingLowersTheLossAndPrintsTheVerdictLast() throws {
        let lines = Lines(), evaluator = TinyEvaluator()
        evaluator.script = [0.1, 0.5]
        let trainer = try tinyTrainer(evaluator: evaluator, lines: lines, logFolder: folder("logs"), folder: folder("out")) {
            $0.loggingSteps = 1
            $0.numTrainEpochs = 8
        }
        let result = try trainer.train()
        let losses = trainer.state.history(of: "loss").map(\.value)
        #expect(losses.count == 48 && losses.suffix(6).reduce(0, +) < losses.prefix(6).reduce(0, +))
        #expect(result.globalStep == 48 && !result.isPaused)
        #expect(lines.contains("baseline_eval: eval_tiny_score = 0.1000"))
        #expect(lines.last == "VERDICT: WIN | score=0.5000 | baseline=0.1000 | delta=+0.4000")
        #expect(try contents(folder("logs/out.log")) == lines.all.map { $0 + "\n" }.joined())
        let record = try contents(folder("logs/experiments.md")).split(separator: "\n")
        #expect(record.count == 3 && record[2].contains("| out | WIN | 0.5000 | 0.1000 | +0.4000 | eval_tiny_score |"))
    }

    @Test func aSecondRunAddsOneLineToTheRecord() throws {
        for _ in 0..<2 { _ = try tinyTrainer(evaluator: TinyEvaluator(), logFolder: folder("logs"), folder: folder("out")).train() }
        #expect(try contents(folder("logs/experiments.md")).split(separator: "\n").count == 4)
    }

    @Test func accumulatedBatchesGiveTheGradientOfTheirMean() throws {
        // Equal batches without dropout: four of four rows must do what one of sixteen does.
        func weights(_ size: Int, _ accumulation: Int) throws -> [Float] {
            let model = TinyScorer()
            model.dropout = 0
            _ = try tinyTrainer(model, rows: 16, folder: folder("out")) {
                $0.trainBatchSize = size
                $0.gradientAccumulationSteps = accumulation
                $0.optimizer = .sgd
            }.train()
            return model.weight.floatArray()
        }
        for (a, b) in zip(try weights(16, 1), try weights(4, 4)) { #expect(abs(a - b) < 1e-6) }
    }

    @Test func theLastIncompleteStepAveragesOverItsOwnBatches() throws {
        var steps: [StepResult] = []
        let model = TinyScorer(), trainer = try tinyTrainer(model, rows: 20, folder: folder("out")) { $0.gradientAccumulationSteps = 2 }
        while let step = try trainer.step() { steps.append(step) }
        #expect(steps.map(\.step) == [1, 2, 3, 4, 5, 6])
        #expect(steps.map(\.epoch) == [0.4, 0.8, 1, 1.4, 1.8, 2])
    }

    @Test func theLearningRateOfAStepIsTheScheduleBeforeIt() throws {
        var rates: [Double] = []
        let trainer = try tinyTrainer(folder: folder("out")) { $0.warmupSteps = 3 }
        while let step = try trainer.step() { rates.append(step.learningRate) }
        let schedule = try LearningRateSchedule(.linear, warmupSteps: 3, totalSteps: 12, peak: 0.01)
        #expect(rates == (0..<12).map { 0.01 * schedule.factor(at: $0) })
    }

    @Test func theLearningRateCanBeChangedInTheMiddle() throws {
        let trainer = try tinyTrainer(folder: folder("out"))
        for _ in 0..<6 { try trainer.step() }
        #expect(abs(trainer.learningRate - 0.005) < 1e-12)
        trainer.learningRate = 0.001
        #expect(abs(try trainer.step()!.learningRate - 0.001) < 1e-12)
        #expect(abs(trainer.learningRate - 0.001 * 5 / 6) < 1e-12)
    }

    @Test func pausingAndResumingChangesNothing() throws {
        let straight = TinyScorer(), paused = TinyScorer()
        _ = try tinyTrainer(straight, folder: folder("a")).train()
        let trainer = try tinyTrainer(paused, folder: folder("b"))
        var polls = 0
        trainer.shouldPause = {
            polls += 1
            return polls % 3 == 0
        }
        var result = try trainer.train()
        #expect(result.isPaused && result.globalStep == 3)
        #expect(throws: TrainingError.self) { try trainer.train() }
        while result.isPaused {
            // Somebody uses random numbers in the pause.
            Generator.shared.manualSeed(1)
            result = try trainer.resume()
        }
        #expect(result.globalStep == 12 && paused.bits == straight.bits)
        #expect(throws: TrainingError.self) { try trainer.resume() }
    }

    @Test(arguments: [1, 2, 5, 6, 7, 11])
    func aResumedRunEndsWithTheBitsOfAnUninterruptedOne(_ stop: Int) throws {
        func configure(_ arguments: inout TrainingArguments) {
            arguments.saveStrategy = .steps
            arguments.saveSteps = 1
            arguments.loggingSteps = 4
            arguments.evalStrategy = .epoch
            arguments.warmupSteps = 3
            arguments.batchSampler = .noDuplicates
        }
        let straight = TinyScorer(), early = TinyScorer(), late = TinyScorer()
        let whole = try tinyTrainer(straight, evaluator: TinyEvaluator(), folder: folder("a"), configure)
        _ = try whole.train()
        let first = try tinyTrainer(early, evaluator: TinyEvaluator(), folder: folder("b"), configure)
        for _ in 0..<stop { try first.step() }
        Generator.shared.manualSeed(999)
        let second = try tinyTrainer(late, evaluator: TinyEvaluator(), folder: folder("b"), configure)
        let result = try second.train(resume: .latest)
        #expect(late.bits == straight.bits)
        #expect(result.globalStep == 12)
        #expect(second.state.history(of: "loss").map(\.value) == whole.state.history(of: "loss").map(\.value))
        #expect(second.state.history(of: "eval_tiny_score").map(\.value) == whole.state.history(of: "eval_tiny_score").map(\.value))
        for name in ["model.safetensors", "optimizer.safetensors"] {
            #expect(try FileContents.read(folder("a/checkpoint-12/\(name)")) == FileContents.read(folder("b/checkpoint-12/\(name)")))
        }
    }

    @Test func aDamagedCheckpointIsPassedOverForTheOneBefore() throws {
        let lines = Lines(), straight = TinyScorer(), resumed = TinyScorer()
        func configure(_ arguments: inout TrainingArguments) {
            arguments.saveStrategy = .steps
            arguments.saveSteps = 2
        }
        _ = try tinyTrainer(straight, folder: folder("a"), configure).train()
        let first = try tinyTrainer(folder: folder("b"), configure)
        for _ in 0..<6 { try first.step() }
        let damaged = folder("b/checkpoint-6/optimizer.safetensors")
        try AtomicFile.write(Array(try FileContents.read(damaged).dropLast(8)), to: damaged)
        // What a kill during a save leaves has another name; it is not looked at, and removed. No process has this number.
        let unfinished = folder("b/..checkpoint-8.tmp-999999999-1.tmp-999999999-2")
        try Folder.create(unfinished)
        _ = try tinyTrainer(resumed, lines: lines, folder: folder("b"), configure).train(resume: .latest)
        #expect(!Folder.exists(unfinished))
        #expect(lines.contains("checkpoint-6, which cannot be resumed from"))
        #expect(lines.contains("checkpoint-4 at step 4 of 12"))
        #expect(resumed.bits == straight.bits)
        let error = #expect(throws: TrainingError.self) {
            try AtomicFile.write("{", to: folder("b/checkpoint-6/trainer_state.json"))
            _ = try tinyTrainer(folder: folder("b"), configure).train(resume: .folder(folder("b/checkpoint-6")))
        }
        #expect(error?.description.contains("trainer_state.json") == true)
    }

    @Test func aCheckpointOfOtherDataIsRefused() throws {
        let first = try tinyTrainer(folder: folder("out")) { $0.saveStrategy = .steps; $0.saveSteps = 2 }
        _ = try first.train()
        let error = #expect(throws: TrainingError.self) { _ = try tinyTrainer(rows: 28, folder: folder("out")).train(resume: .latest) }
        #expect(error?.description.contains("24 rows") == true && error?.description.contains("28 rows") == true)
    }

    @Test func resumingInAnEmptyFolderStartsAfresh() throws {
        #expect(try tinyTrainer(folder: folder("out")).train(resume: .latest).globalStep == 12)
    }

    @Test func oldCheckpointsGoAndTheBestStays() throws {
        let evaluator = TinyEvaluator()
        evaluator.script = [0, 0.2, 0.9, 0.3, 0.4, 0.5, 0.6]
        let model = TinyScorer()
        let trainer = try tinyTrainer(model, evaluator: evaluator, folder: folder("out")) {
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveStrategy = .steps
            $0.saveSteps = 2
            $0.saveTotalLimit = 2
            $0.loadBestModelAtEnd = true
        }
        let result = try trainer.train()
        #expect(Set(try CheckpointStore(folder: folder("out")).steps()) == [4, 12])
        #expect(result.bestModelCheckpoint == folder("out/checkpoint-4"))
        #expect(result.verdict == Verdict(score: 0.9, baseline: 0))
        #expect(trainer.state.bestMetric == 0.9 && trainer.state.bestGlobalStep == 4)
        // The model in memory is the best one.
        let best = try Reading.bits(of: folder("out/checkpoint-4/model.safetensors"))
        #expect(model.bits == best)
        #expect(evaluator.calls == 7)
    }

    @Test func onlyTheBestCheckpointIsKeptWithALimitOfOne() throws {
        let evaluator = TinyEvaluator()
        evaluator.script = [0, 0.2, 0.9, 0.3, 0.4, 0.5, 0.6]
        _ = try tinyTrainer(evaluator: evaluator, folder: folder("out")) {
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveStrategy = .best
            $0.saveTotalLimit = 1
            $0.loadBestModelAtEnd = true
        }.train()
        #expect(try CheckpointStore(folder: folder("out")).steps() == [4])
    }

    @Test func theStateFileReadsBackAsItWasWritten() throws {
        let trainer = try tinyTrainer(eval: 8, folder: folder("out")) {
            $0.evalStrategy = .epoch
            $0.saveStrategy = .epoch
            $0.loggingSteps = 2
        }
        _ = try trainer.train()
        let path = folder("out/checkpoint-12/trainer_state.json")
        let state = try TrainerState(json: JSONValue.parse(contentsOfFile: path), file: path)
        #expect(state.globalStep == 12 && state.epoch == 2)
        #expect(state.logHistory == trainer.state.logHistory)
    }

    @Test(arguments: [(1, 0.0, [0, 0.5, 0.4], 4), (2, 0, [0, 0.5, 0.4, 0.45, 0.9], 6), (1, 0.2, [0, 0.5, 0.6], 4)])
    func earlyStoppingWaitsForItsPatience(_ patience: Int, _ threshold: Double, _ scores: [Double], _ stop: Int) throws {
        let evaluator = TinyEvaluator()
        evaluator.script = scores
        let callback = try EarlyStoppingCallback(patience: patience, threshold: threshold)
        let trainer = try tinyTrainer(evaluator: evaluator, callbacks: [callback], folder: folder("out")) {
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveStrategy = .steps
            $0.saveSteps = 2
            $0.loadBestModelAtEnd = true
        }
        #expect(try trainer.train().globalStep == stop)
        // A resume of a run that a callback ended stays ended.
        let again = try tinyTrainer(evaluator: evaluator, callbacks: [try EarlyStoppingCallback(patience: patience, threshold: threshold)],
                                    folder: folder("out")) {
            $0.evalStrategy = .steps
            $0.evalSteps = 2
            $0.saveStrategy = .steps
            $0.saveSteps = 2
            $0.loadBestModelAtEnd = true
        }
        #expect(try again.train(resume: .latest).globalStep == stop)
    }

    @Test func callbacksSeeTheEventsInTheFieldsOrderAndCanSteer() throws {
        let recorder = EventRecorder()
        let trainer = try tinyTrainer(rows: 8, evaluator: TinyEvaluator(), callbacks: [recorder], folder: folder("out")) {
            $0.gradientAccumulationSteps = 2
            $0.numTrainEpochs = 1
            $0.evalStrategy = .steps
            $0.saveStrategy = .steps
            $0.loggingSteps = 1
            $0.evalSteps = 1
            $0.saveSteps = 1
        }
        _ = try trainer.train()
        #expect(recorder.names == ["on_train_begin", "on_epoch_begin", "on_step_begin", "on_substep_end", "on_pre_optimizer_step",
                                   "on_optimizer_step", "on_step_end", "on_log", "on_log", "on_evaluate", "on_save", "on_epoch_end", "on_train_end"])
        recorder.stopsAt = 3
        #expect(try tinyTrainer(callbacks: [recorder], folder: folder("out")).train().globalStep == 3)
    }

    @Test func aCallbackCanEndAnEpoch() throws {
        let recorder = EventRecorder()
        recorder.endsEpochAt = [2, 4]
        let trainer = try tinyTrainer(callbacks: [recorder], folder: folder("out")) { $0.numTrainEpochs = 3 }
        #expect(try trainer.train().globalStep == 10)
    }

    @Test func aLossThatIsNotFiniteStopsWithStepAndRow() throws {
        let model = TinyScorer()
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        arguments.trainBatchSize = 4
        arguments.preflight = .warn
        let rows = LossBatchSource(inputs: [("text", (0..<8).map { .string("t\($0)") })],
                                   label: ("label", (0..<8).map { .number($0 == 5 ? .infinity : 1) }))
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { _ in }
        let trainer = try Trainer(model: model, arguments: arguments, train: rows, loss: TinyLoss(model), environment: environment)
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("row 6 of the training dataset") == true)
        #expect(error?.description.contains("at step") == true)
        #expect(!model.weight.floatArray().contains { !$0.isFinite })
    }

    @Test func aSmokeTestTakesOneStepOnFewRowsAndSaysSo() throws {
        let lines = Lines()
        let trainer = try tinyTrainer(rows: 1000, evaluator: TinyEvaluator(), lines: lines, smoke: true, folder: folder("out"))
        #expect(try trainer.train().globalStep == 1)
        #expect(lines.contains("SMOKE_TEST is set: the data is cut to 8 training rows"))
        #expect(lines.last.hasPrefix("VERDICT: "))
    }

    @Test func aFailedSaveLeavesTheOldCheckpointsAndTheReason() throws {
        let model = TinyScorer()
        let trainer = try tinyTrainer(model, folder: folder("out")) {
            $0.saveStrategy = .steps
            $0.saveSteps = 2
        }
        for _ in 0..<3 { try trainer.step() }
        model.failsToSave = true
        let error = #expect(throws: TrainingError.self) { try trainer.step() }
        #expect(error?.description == "the disk is full")
        #expect(try Folder.entries(folder("out")) == ["checkpoint-2"])
    }

    @Test func evaluationTouchesNeitherDropoutNorItsNumbers() throws {
        let a = TinyScorer(), b = TinyScorer()
        _ = try tinyTrainer(a, folder: folder("a")).train()
        _ = try tinyTrainer(b, eval: 12, evaluator: TinyEvaluator(), folder: folder("b")) {
            $0.evalStrategy = .steps
            $0.evalSteps = 1
        }.train()
        #expect(a.bits == b.bits)
    }

    @Test func anErrorOfPreflightStopsTheRunUnlessItIsDemoted() throws {
        let lines = Lines()
        let trainer = try tinyTrainer(lines: lines, folder: folder("out")) { $0.evalStrategy = .epoch }
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("[nothing-to-evaluate]") == true)
        let demoted = try tinyTrainer(lines: lines, folder: folder("out")) { $0.learningRate = 0.5; $0.preflight = .warn }
        #expect(try demoted.train().globalStep == 12)
        #expect(lines.contains("preflight warning [learning-rate]"))
    }
}

/// Notes the events of a run.
final class EventRecorder: TrainerCallback {
    let name = "EventRecorder"
    var names: [String] = []
    var stopsAt: Int?
    var endsEpochAt: Set<Int> = []

    func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws {
        names.append(event.name)
        if case .stepEnd = event, state.globalStep == stopsAt { control.shouldTrainingStop = true }
        if case .stepEnd = event, endsEpochAt.contains(state.globalStep) { control.shouldEpochStop = true }
    }
}
