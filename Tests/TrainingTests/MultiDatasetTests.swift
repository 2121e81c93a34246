import Datasets
import Encoders
import Evaluators
import Files
import JSON
import Losses
import SafeTensors
import Tensors
import TestSupport
import Testing
import Training

/// As ``TinyLoss``, with scores first multiplied by a number that the loss learns.
private final class ScaledLoss: Loss {
    let model: TinyScorer
    let name = "ScaledLoss"
    let requirements: LossRequirements? = LossRequirements(columns: [.text], labels: [.number(-1000...1000)])
    let configuration: JSONObject = [:]
    let scale = Tensor([1.5] as [Float])
    var routes: [[ColumnRoute]] = []

    init(_ model: TinyScorer) {
        self.model = model
        scale.requiresGrad = true
    }

    var parameters: [NamedParameter] { [NamedParameter(name: "scale.weight", tensor: scale)] }

    func value(of batch: LossBatch) throws -> Tensor {
        routes.append(batch.routes)
        let scores = try model.scores(batch.inputs[0].map { $0.asString! }) * scale
        let difference = try scores - Tensor(batch.labels!.map { Float($0.asDouble!) })
        return try (difference * difference).mean()
    }
}

/// Two datasets with losses of their own over one model.
private struct Pair {
    let model = TinyScorer()
    let first: TinyLoss
    let second: ScaledLoss

    init() {
        first = TinyLoss(model)
        second = ScaledLoss(model)
    }

    func trainer(_ folder: String, evaluator: (any Evaluator)? = nil, lines: Lines = Lines(), sizes: (Int, Int) = (24, 16), eval: Bool = false,
                 _ configure: (inout TrainingArguments) -> Void = { _ in }) throws -> Trainer {
        var arguments = TrainingArguments()
        arguments.outputDir = folder
        arguments.trainBatchSize = 4
        arguments.numTrainEpochs = 2
        arguments.learningRate = 0.01
        arguments.saveStrategy = .no
        configure(&arguments)
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { lines.all.append(String($0.dropLast())) }
        func datasets(_ a: Int, _ b: Int) -> [TrainingDataset] {
            [TrainingDataset(name: "alpha", rows: tinyRows(a), loss: first), TrainingDataset(name: "beta", rows: tinyRows(b), loss: second)]
        }
        return try Trainer(model: model, arguments: arguments, train: datasets(sizes.0, sizes.1), eval: eval ? datasets(8, 6) : [],
                           evaluator: evaluator, environment: environment)
    }

    var bits: [UInt32] { model.bits + second.scale.floatArray().map(\.bitPattern) }
}

extension TrainerTests {
    @Test func eachBatchGoesToTheLossOfItsDatasetAndBothLearn() throws {
        let pair = Pair(), lines = Lines()
        let result = try pair.trainer(folder("out"), lines: lines).train()
        #expect(result.globalStep == 20)
        #expect(pair.first.seen.count == 12 && pair.second.routes.count == 8)
        #expect(pair.second.scale.floatArray() != [1.5])
        #expect(lines.contains("alpha: TinyLoss, 24 training rows; beta: ScaledLoss, 16 training rows"))
        #expect(lines.contains("10 to an epoch, 10 weights"))
    }

    @Test func roundRobinEndsAnEpochWithTheSmallestDataset() throws {
        let pair = Pair()
        #expect(try pair.trainer(folder("out")) { $0.multiDatasetBatchSampler = .roundRobin }.train().globalStep == 16)
        #expect(pair.first.seen.count == 8 && pair.second.routes.count == 8)
    }

    @Test func eachEvalDatasetHasItsOwnLossAndAllHaveAMean() throws {
        let pair = Pair()
        let trainer = try pair.trainer(folder("out"), eval: true) { $0.evalStrategy = .epoch; $0.saveStrategy = .epoch; $0.loadBestModelAtEnd = true }
        let metrics = try trainer.evaluate()
        let values = Dictionary(uniqueKeysWithValues: metrics.map { ($0.key, $0.value) })
        #expect(["eval_alpha_loss", "eval_beta_loss", "eval_loss", "eval_alpha_runtime", "eval_beta_samples_per_second",
            "eval_runtime"].allSatisfy { values[$0] != nil })
        let mean = (values["eval_alpha_loss"]! * 8 + values["eval_beta_loss"]! * 6) / 14
        #expect(abs(values["eval_loss"]! - mean) < 1e-6)
        #expect(trainer.arguments.metricForBestModel == "loss" && trainer.arguments.greaterIsBetter == false)
        let result = try trainer.train()
        #expect(result.verdict != nil && trainer.state.history(of: "eval_beta_loss").count == 2)
        // One of them can decide.
        #expect(try Pair().trainer(folder("one"),
            eval: true) { $0.evalStrategy = .epoch; $0.saveStrategy = .best; $0.metricForBestModel = "beta_loss" }
            .train().globalStep == 20)
        let error = #expect(throws: TrainingError.self) {
            _ = try Pair().trainer(folder("typo"),
                eval: true) { $0.evalStrategy = .epoch; $0.saveStrategy = .best; $0.metricForBestModel = "gamma_loss" }.train()
        }
        #expect(error?.description.contains("metric-key") == true)
    }

    @Test(arguments: [1, 4, 9, 10, 11, 17])
    func aRunOverTwoDatasetsAndALossThatLearnsResumesBitByBit(_ stop: Int) throws {
        func configure(_ arguments: inout TrainingArguments) {
            arguments.saveStrategy = .steps
            arguments.saveSteps = 1
            arguments.evalStrategy = .epoch
            arguments.loggingSteps = 3
            arguments.batchSampler = .noDuplicatesHashed
        }
        let straight = Pair(), early = Pair(), late = Pair()
        _ = try straight.trainer(folder("a"), eval: true, configure).train()
        let first = try early.trainer(folder("b"), eval: true, configure)
        for _ in 0..<stop { try first.step() }
        Generator.shared.manualSeed(77)
        let second = try late.trainer(folder("b"), eval: true, configure)
        #expect(try second.train(resume: .latest).globalStep == 20)
        #expect(late.bits == straight.bits)
        for name in ["model.safetensors", "optimizer.safetensors", "loss.safetensors"] {
            #expect(try FileContents.read(folder("a/checkpoint-20/\(name)")) == FileContents.read(folder("b/checkpoint-20/\(name)")))
        }
        let file = try SafeTensorsFile(path: folder("a/checkpoint-20/loss.safetensors"))
        #expect(try file.floats(of: "loss.beta.scale.weight") == straight.second.scale.floatArray())
        // The model folder has nothing of the loss.
        #expect(try SafeTensorsFile(path: folder("a/checkpoint-20/model.safetensors")).entry("loss.beta.scale.weight") == nil)
    }

    @Test func aCheckpointOfOtherDatasetsOrAnotherMixIsRefused() throws {
        _ = try Pair().trainer(folder("out")) { $0.saveStrategy = .steps; $0.saveSteps = 4 }.train()
        let sizes = #expect(throws: TrainingError.self) { _ = try Pair().trainer(folder("out"), sizes: (24, 20)).train(resume: .latest) }
        #expect(sizes?.description.contains("beta 16 rows") == true && sizes?.description.contains("beta 20 rows") == true)
        let mix = #expect(throws: TrainingError.self) {
            _ = try Pair().trainer(folder("out")) { $0.multiDatasetBatchSampler = .roundRobin }.train(resume: .latest)
        }
        #expect(mix?.description.contains("(proportional)") == true && mix?.description.contains("(round_robin)") == true)
    }

    @Test func preflightSaysWhichDatasetItMeans() throws {
        let pair = Pair(), lines = Lines()
        var environment = RunEnvironment()
        environment.logFolder = nil
        environment.write = { lines.all.append($0) }
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        let bad = LossBatchSource(inputs: [("text", [.string("a"), .string("b")])], label: ("label", [.string("yes"), .number(1)]))
        let trainer = try Trainer(model: pair.model, arguments: arguments, train: [
            TrainingDataset(name: "alpha", rows: tinyRows(8), loss: pair.first), TrainingDataset(name: "beta", rows: bad, loss: pair.second),
        ], environment: environment)
        let findings = try trainer.preflight().findings
        #expect(findings.first?.code == "label-text" && findings.first?.fact.hasPrefix("dataset 'beta': ") == true)
        #expect(findings.filter { $0.code == "no-verdict" }.count == 1)
    }

    @Test func datasetsNeedNamesOfTheirOwn() throws {
        let pair = Pair()
        func make(_ names: [String?]) throws {
            _ = try Trainer(model: pair.model, arguments: TrainingArguments(),
                train: names.map { TrainingDataset(name: $0, rows: tinyRows(8), loss: pair.first) })
        }
        #expect(throws: TrainingArgumentError.self) { try make(["a", nil]) }
        #expect(throws: TrainingArgumentError.self) { try make(["a", "a"]) }
        #expect(throws: TrainingError.self) { try make([]) }
    }

    // MARK: Pauses in evaluations

    @Test(arguments: [0, 1, 2, 3, 5, 8])
    func aPauseInAnEvaluationDoesItAgainAndChangesNothing(_ after: Int) throws {
        func configure(_ arguments: inout TrainingArguments) {
            arguments.evalStrategy = .steps
            arguments.evalSteps = 5
            arguments.evalBatchSize = 2
            arguments.saveStrategy = .epoch
            arguments.loggingSteps = 4
        }
        let straight = Pair(), paused = Pair()
        let whole = try straight.trainer(folder("a"), eval: true, configure)
        _ = try whole.train()
        let trainer = try paused.trainer(folder("b"), eval: true, configure)
        // The evaluation asks 7 times; `after` of these pass each time before the pause.
        var asked = 0
        var pauses = 0
        trainer.shouldPause = {
            asked += 1
            guard asked > after, pauses < 6 else { return false }
            asked = 0
            pauses += 1
            return true
        }
        var result = try trainer.train()
        var rounds = 0
        while result.isPaused, rounds < 20 {
            Generator.shared.manualSeed(UInt64(rounds))
            rounds += 1
            result = try trainer.resume()
        }
        #expect(pauses == 6 && rounds == 6)
        #expect(paused.bits == straight.bits)
        for key in ["eval_loss", "eval_beta_loss", "loss"] {
            #expect(trainer.state.history(of: key).map(\.value) == whole.state.history(of: key).map(\.value), "\(key)")
        }
        #expect(result.verdict == whole.result?.verdict)
        #expect(Set(try CheckpointStore(folder: folder("b")).steps()) == [10, 20])
    }

    // MARK: Prompts and routes

    private func routed(_ configure: (inout TrainingArguments) -> Void) throws -> [[ColumnRoute]] {
        let embedder = TinyEmbedder()
        var arguments = TrainingArguments()
        arguments.outputDir = folder("out")
        configure(&arguments)
        let texts: [DatasetValue] = [.string("a"), .string("b")]
        let loss = TinyLoss(embedder.scorer)
        let one = LossBatchSource(inputs: [("query", texts), ("answer", texts)]), two = LossBatchSource(inputs: [("query", texts), ("title", texts)],
                                                                                                       label: ("label", texts))
        let trainer = try Trainer(model: embedder, arguments: arguments, train: [
            TrainingDataset(name: "qa", rows: one, loss: loss), TrainingDataset(name: "titles", rows: two, loss: loss),
        ])
        return trainer.train.map(\.rows.routes)
    }

    @Test func promptsAndRoutesReachTheColumnsInAllTheirShapes() throws {
        func prompts(_ texts: ColumnTexts) throws -> [[String?]] { try routed { $0.prompts = texts }.map { $0.map(\.prompt) } }
        #expect(try prompts(.none) == [[], []])
        #expect(try prompts(.all("p: ")) == [["p: ", "p: "], ["p: ", "p: "]])
        #expect(try prompts(.named(["query": .all("q: "), "title": .all("t: ")])) == [["q: ", nil], ["q: ", "t: "]])
        #expect(try prompts(.named(["qa": .all("x: ")])) == [["x: ", "x: "], [nil, nil]])
        #expect(try prompts(.named(["qa": .named(["answer": .all("a: ")])])) == [[nil, "a: "], [nil, nil]])
        let routes = try routed { $0.routerMapping = .named(["query": .all("query"), "answer": .all("document")]) }
        #expect(routes.map { $0.map(\.task) } == [["query", "document"], ["query", nil]])
        #expect(try routed { $0.routerMapping = .named(["titles": .named(["title": .all("document")])]) }[1].map(\.task) == [nil, "document"])
    }

    @Test func aNameThatIsNeitherColumnNorDatasetIsRefused() {
        func message(_ configure: (inout TrainingArguments) -> Void) -> String {
            do {
                _ = try routed(configure)
                return ""
            } catch { return "\(error)" }
        }
        #expect(message { $0.prompts = .named(["qurey": .all("q: ")]) }.contains("there is no column or dataset 'qurey' (did you mean 'query'?)"))
        #expect(message { $0.prompts = .named(["qaa": .named(["query": .all("q: ")])]) }.contains("there is no dataset 'qaa' (did you mean 'qa'?)"))
        #expect(message { $0.prompts = .named(["qa": .named(["title": .all("q: ")])]) }.contains("there is no column 'title' of dataset 'qa'"))
        #expect(message { $0.prompts = .named(["label": .all("q: ")]) }.contains("'label' is the label column"))
        #expect(message { $0.routerMapping = .all("query") }.contains("a route is wanted for each column"))
        #expect(message { $0.routerMapping = .named(["qa": .all("query")]) }.contains("a table of its columns is wanted"))
        let scorer = TinyScorer()
        var arguments = TrainingArguments()
        arguments.prompts = .all("p: ")
        #expect(throws: TrainingArgumentError.self) { try Trainer(model: scorer, arguments: arguments, train: tinyRows(8), loss: TinyLoss(scorer)) }
    }
}

/// A model of single texts, for what trainers ask of its kind.
private final class TinyEmbedder: EncoderModel, SentenceEmbedder {
    let scorer = TinyScorer()
    let kind = "TinyEmbedder"
    let embeddingDimension = 1
    var parameters: [NamedParameter] { scorer.parameters }
    var isTraining = false
    var usesGradientCheckpointing = false
    func save(to folder: String) throws { try scorer.save(to: folder) }
    func embeddings(_ input: TextInput) throws -> Tensor { try scorer.scores(input.texts).reshape([input.texts.count, 1]) }
}
