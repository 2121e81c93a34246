import ComputeRuntime
import Datasets
import Encoders
import Foundation
import JSON
import Kernels
import CrossEncoderLosses
import Losses
import SentenceTransformerLosses
import TestSupport
import Testing
import Training

extension TrainerTests {
    @Test func fiftyStepsOfAnEmbeddingModelFollowTheReferencesLosses() throws {
        let reference = try fixture("sentence_loss_curve")
        let rows = reference["rows"]!.asArray!.map { $0.asArray! }
        let size = reference["batch_size"]!.asInteger!
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        arguments.trainBatchSize = size
        arguments.numTrainEpochs = 1
        arguments.learningRate = 2e-3
        arguments.weightDecay = 0.01
        arguments.warmupSteps = 5
        arguments.saveStrategy = .no
        arguments.preflight = .warn
        arguments.prompts = .named(["sentence2": .all(reference["prompt"]!.asString!)])
        let order = RandomBatchSampler(rowCount: rows.count, batchSize: size, seed: arguments.seed).batches(epoch: 0).flatMap { $0 }
        var placed = rows
        for (position, row) in order.enumerated() { placed[row] = rows[position] }
        let dataset = try Dataset(columns: [("sentence1", placed.map { .string($0[0].asString!) }),
            ("sentence2", placed.map { .string($0[1].asString!) }),
                                            ("score", placed.map { .number($0[2].asNumber!) })])
        let model = try SentenceTransformer(path: Bundle.module.url(forResource: "sentence-curve-model", withExtension: nil,
            subdirectory: "Fixtures")!.path)
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { _ in }
        let trainer = try Trainer(model: model, arguments: arguments, trainDataset: dataset, loss: CosineSimilarityLoss(model: model),
                                  environment: environment)
        var worst = 0.0, worstNorm = 0.0
        for (loss, norm) in zip(reference["losses"]!.doubles, reference["norms"]!.doubles) {
            let step = try #require(try trainer.step())
            worst = max(worst, abs(step.loss - loss) / loss)
            worstNorm = max(worstNorm, abs(step.gradientNorm - norm) / norm)
        }
        #expect(worst < 1e-3, "largest relative difference of a loss \(worst), of a gradient norm \(worstNorm)")
        #expect(worstNorm < 1e-2, "largest relative difference of a gradient norm \(worstNorm)")
        print("embedding model: largest relative difference of a loss \(worst), of a gradient norm \(worstNorm)")
    }

    @Test("fifty steps in bfloat16 stay near the reference's losses in float32, and are the same bits again", arguments: InstructionSet.allCases.filter { $0 <= .detected })
    func fiftyStepsInBFloat16(set: InstructionSet) throws {
        let reference = try fixture("loss_curve")
        let rows = reference["rows"]!.asArray!.map { $0.asArray! }
        let size = reference["batch_size"]!.asInteger!
        func losses() throws -> [Double] {
            var arguments = TrainingArguments()
            arguments.outputDir = folder("out")
            arguments.trainBatchSize = size
            arguments.numTrainEpochs = 1
            arguments.learningRate = 2e-3
            arguments.weightDecay = 0.01
            arguments.warmupSteps = 5
            arguments.saveStrategy = .no
            arguments.preflight = .warn
            arguments.bf16 = true
            let order = RandomBatchSampler(rowCount: rows.count, batchSize: size, seed: arguments.seed).batches(epoch: 0).flatMap { $0 }
            var placed = rows
            for (position, row) in order.enumerated() { placed[row] = rows[position] }
            let dataset = try Dataset(columns: [
                ("query", placed.map { .string($0[0].asString!) }), ("document", placed.map { .string($0[1].asString!) }),
                ("label", placed.map { .integer(Int64($0[2].asInteger!)) })])
            let model = try CrossEncoder(
                path: Bundle.module.url(forResource: "curve-model", withExtension: nil, subdirectory: "Fixtures")!.path)
            var environment = RunEnvironment()
            environment.logFolder = nil
            environment.write = { _ in }
            let trainer = try Trainer(model: model, arguments: arguments, trainDataset: dataset, loss: BinaryCrossEntropyLoss(model: model, positiveWeight: 1.5),
                                      environment: environment)
            return try reference["losses"]!.doubles.map { _ in try #require(try trainer.step()).loss }
        }
        try InstructionSet.with(set) {
            let first = try losses(), wanted = reference["losses"]!.doubles
            let worst = zip(first, wanted).map { abs($0 - $1) / $1 }.max()!
            #expect(set < .avx512bf16 ? worst < 1e-3 : worst > 1e-6 && worst < 0.05, "largest relative difference of a loss \(worst)")
            #expect(try losses() == first)
            print("bfloat16, \(set): largest relative difference of a loss \(worst)")
        }
    }

    @Test func fiftyStepsOfARerankerFollowTheReferencesLosses() throws {
        let reference = try fixture("loss_curve")
        let rows = reference["rows"]!.asArray!.map { $0.asArray! }
        let size = reference["batch_size"]!.asInteger!
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        arguments.trainBatchSize = size
        arguments.numTrainEpochs = 1
        arguments.learningRate = 2e-3
        arguments.weightDecay = 0.01
        arguments.warmupSteps = 5
        arguments.saveStrategy = .no
        arguments.preflight = .warn
        // Rows are put where the sampler's order brings them up as the reference saw them.
        let order = RandomBatchSampler(rowCount: rows.count, batchSize: size, seed: arguments.seed).batches(epoch: 0).flatMap { $0 }
        var placed = rows
        for (position, row) in order.enumerated() { placed[row] = rows[position] }
        let dataset = try Dataset(columns: [("query", placed.map { .string($0[0].asString!) }), ("document", placed.map { .string($0[1].asString!) }),
                                            ("label", placed.map { .integer(Int64($0[2].asInteger!)) })])
        let model = try CrossEncoder(path: Bundle.module.url(forResource: "curve-model", withExtension: nil, subdirectory: "Fixtures")!.path)
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { _ in }
        let trainer = try Trainer(model: model, arguments: arguments, trainDataset: dataset,
                                  loss: BinaryCrossEntropyLoss(model: model, positiveWeight: 1.5), environment: environment)
        var worst = 0.0, worstNorm = 0.0
        for (loss, norm) in zip(reference["losses"]!.doubles, reference["norms"]!.doubles) {
            let step = try #require(try trainer.step())
            worst = max(worst, abs(step.loss - loss) / loss)
            worstNorm = max(worstNorm, abs(step.gradientNorm - norm) / norm)
        }
        #expect(worst < 1e-3, "largest relative difference of a loss \(worst), of a gradient norm \(worstNorm)")
        #expect(worstNorm < 1e-2, "largest relative difference of a gradient norm \(worstNorm)")
    }
}
