import CrossEncoderLosses
import Datasets
import Encoders
import Files
import Foundation
import JSON
import Losses
import Tensors
import TestSupport
import Testing
import Training

extension TrainerTests {
    private func reranker() throws -> CrossEncoder {
        let path = Bundle.module.url(forResource: "curve-model", withExtension: nil, subdirectory: "Fixtures")!.path
        let model = try CrossEncoder(path: path)
        var configuration = AdapterConfiguration()
        configuration.rank = 2
        configuration.dropout = 0.2
        configuration.targets = .allLinear
        try model.transformer.adapters.add(configuration, generator: Generator(seed: 8))
        return model
    }

    private func trainer(_ model: CrossEncoder, _ output: String) throws -> Trainer {
        let rows = try fixture("loss_curve")["rows"]!.asArray!.prefix(48).map { $0.asArray! }
        let dataset = try Dataset(columns: [("query", rows.map { .string($0[0].asString!) }), ("document", rows.map { .string($0[1].asString!) }),
                                            ("label", rows.map { .integer(Int64($0[2].asInteger!)) })])
        var arguments = TrainingArguments()
        arguments.outputDir = folder(output)
        arguments.trainBatchSize = 4
        arguments.numTrainEpochs = 1
        arguments.learningRate = 5e-3
        arguments.saveStrategy = .steps
        arguments.saveSteps = 1
        arguments.preflight = .warn
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { _ in }
        return try Trainer(model: model, arguments: arguments, trainDataset: dataset, loss: BinaryCrossEntropyLoss(model: model),
            environment: environment)
    }

    private func values(_ model: CrossEncoder) -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: model.parameters.map { ($0.name, $0.tensor.floatArray()) })
    }

    @Test func anAdapterIsTrainedAloneAndResumesToTheSameBits() throws {
        let straight = try reranker(), early = try reranker(), late = try reranker()
        let before = values(straight)
        _ = try trainer(straight, "a").train()
        let first = try trainer(early, "b")
        for _ in 0..<5 { try first.step() }
        Generator.shared.manualSeed(999)
        #expect(try trainer(late, "b").train(resume: .latest).globalStep == 12)
        let after = values(straight)
        #expect(values(late) == after)
        for (name, numbers) in before {
            let isTrained = name.contains("lora_") || name.hasPrefix("classifier.")
            #expect((after[name] != numbers) == isTrained, "\(name)")
        }
        // A checkpoint holds the adapter alone, and is a model folder.
        let checkpoint = folder("a/checkpoint-12")
        #expect(try Folder.entries(checkpoint).contains("adapter_model.safetensors"))
        #expect(try !Folder.entries(checkpoint).contains("model.safetensors"))
        let pairs = [TextPair("a", "b"), TextPair("c d", "e")]
        #expect(try CrossEncoder(path: checkpoint).predict(pairs).floatArray() == straight.predict(pairs).floatArray())
    }
}
