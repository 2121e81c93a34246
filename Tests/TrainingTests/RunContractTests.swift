import Datasets
import Evaluators
import Files
import TestSupport
import Testing
import Training

/// What a run promises beside its weights; part of the suite whose tests share the process's random numbers.
extension TrainerTests {
    @Test func theStepOfASmokeTestHasALearningRateAndMovesWeights() throws {
        let lines = Lines(), model = TinyScorer(), before = model.bits
        _ = try tinyTrainer(model, rows: 1000, lines: lines, smoke: true, folder: folder("out")) { $0.warmupSteps = 0.5 }.train()
        #expect(model.bits != before && lines.contains("smoke test: a step at learning rate 0.01 moved 2 of 2 tensors"))
        // A step too small for any weight to change is a failure of the test.
        let error = #expect(throws: TrainingError.self) {
            _ = try tinyTrainer(smoke: true, folder: folder("out")) { $0.learningRate = 1e-30; $0.optimizer = .sgd }.train()
        }
        #expect(error?.description.contains("moved none of the 2 tensors") == true)
        // What was cut for the test is no fault of the data.
        let small = Lines()
        _ = try tinyTrainer(rows: 3, lines: small, smoke: true, folder: folder("out")).train()
        #expect(!small.contains("[batch-size]"))
    }

    @Test func twoEvaluatorsOfOneNameAreNoticed() throws {
        let lines = Lines(), model = TinyScorer()
        func trainer(_ evaluator: any Evaluator) throws -> Trainer {
            var arguments = TrainingArguments()
            arguments.outputDir = folder("out")
            arguments.maxSteps = 1
            arguments.saveStrategy = .no
            var environment = RunEnvironment()
            environment.logFolder = nil
            environment.write = { lines.all.append(String($0.dropLast())) }
            return try Trainer(model: model, arguments: arguments, train: tinyRows(24), loss: TinyLoss(model), evaluator: evaluator, environment: environment)
        }
        let findings = try trainer(SequentialEvaluator([TinyEvaluator(), TinyEvaluator()])).preflight().findings
        #expect(findings.contains { $0.code == "evaluator-names" && $0.fact.contains("'tiny_other', 'tiny_score'") })
        #expect(try !trainer(SequentialEvaluator([TinyEvaluator()])).preflight().findings.contains { $0.code == "evaluator-names" })
    }

    @Test func nothingOfATrainerBeginsInsideOfItsOwnStep() throws {
        /// Calls a trainer back.
        final class Caller: TrainerCallback {
            let name = "Caller"
            var call: (Trainer) throws -> Void = { _ in }
            weak var trainer: Trainer?
            func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws {
                control.shouldLog = true
                if case .stepEnd = event, let trainer { try call(trainer) }
            }
        }
        let calls: [(Trainer) throws -> Void] = [{ try $0.step() }, { _ = try $0.train() }, { _ = try $0.resume() }]
        for call in calls {
            let caller = Caller()
            let trainer = try tinyTrainer(evaluator: TinyEvaluator(), callbacks: [caller], folder: folder("out"))
            caller.trainer = trainer
            caller.call = call
            let error = #expect(throws: TrainingError.self) { _ = try trainer.train() }
            #expect(error?.description.contains("was called from inside a step of the same trainer") == true)
            // Looking, measuring and saving are fine, and so is going on after the error.
            caller.call = { trainer in
                _ = try trainer.preflight()
                _ = try trainer.evaluate()
                try trainer.saveModel(to: self.folder("model"))
                trainer.learningRate *= 0.9
            }
            #expect(try trainer.resume().globalStep == 12)
        }
    }

    @Test func aFullBatchThatCannotBeFilledIsRefused() throws {
        let rows = LossBatchSource(inputs: [("text", (0..<12).map { .string("t\($0 % 3)") })], label: ("label", (0..<12).map { .number(Double($0 % 2)) }))
        let model = TinyScorer()
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        arguments.trainBatchSize = 4
        arguments.batchSampler = .noDuplicates
        arguments.dataloaderDropLast = true
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { _ in }
        let trainer = try Trainer(model: model, arguments: arguments, train: rows, loss: TinyLoss(model), environment: environment)
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("no batch of 4 rows without a text in common") == true, "\(error as Any)")
    }

    @Test func namesStayNames() throws {
        #expect(throws: TrainingArgumentError.self) { try tinyTrainer(folder: folder("out")) { $0.runName = "../x" } }
        let model = TinyScorer()
        #expect(throws: TrainingArgumentError.self) {
            try Trainer(model: model, arguments: TrainingArguments(), train: [TrainingDataset(name: "a\nb", rows: tinyRows(8), loss: TinyLoss(model))])
        }
    }

    @Test func errorsOfPreflightAreToldOnce() throws {
        let lines = Lines()
        let trainer = try tinyTrainer(lines: lines, logFolder: folder("logs"), folder: folder("out")) { $0.evalStrategy = .epoch }
        let error = #expect(throws: TrainingError.self) { try trainer.train() }
        #expect(error?.description.contains("[nothing-to-evaluate]") == true && !lines.contains("[nothing-to-evaluate]"))
        #expect(try contents(folder("logs/out.log")).contains("[nothing-to-evaluate]"))
    }
}
