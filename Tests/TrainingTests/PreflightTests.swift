import ComputeRuntime
import Datasets
import Encoders
import JSON
import CrossEncoderLosses
import Kernels
import Losses
import Testing
import Training

/// A run that is right but for one thing, and the finding about it.
struct Mistake: Sendable, CustomTestStringConvertible {
    let code: String
    let severity: PreflightFinding.Severity
    /// Part of the fact or the fix.
    let part: String
    let make: @Sendable (inout PreflightSubject) -> Void

    init(_ code: String, _ severity: PreflightFinding.Severity, _ part: String, _ make: @escaping @Sendable (inout PreflightSubject) -> Void) {
        self.code = code
        self.severity = severity
        self.part = part
        self.make = make
    }

    var testDescription: String { "\(code): \(part)" }
}

struct PreflightTests {
    @Test func aSoundRunHasNoFindings() {
        #expect(Preflight.standard.report(on: soundSubject()).findings.isEmpty)
    }

    @Test(arguments: [
        // Columns.
        Mistake("columns", .error, "reads 2 input columns, the training dataset has 1 ('query')") { $0.train = rows(["query": queries], labels) },
        Mistake("columns", .error, "has 3 ('query', 'answer', 'source')") {
            $0.train = rows(["query": queries, "answer": answers, "source": answers], labels)
        },
        Mistake("columns", .error, "the eval dataset has 1") { $0.eval = rows(["query": ["q"]], [.number(1)]) },
        Mistake("cell-kind", .error, "column 'answer' must hold a text in each row, row 1 holds a list of 1") {
            $0.train = LossBatchSource(inputs: [("query", queries.map { .string($0) }), ("answer", answers.map { .list([.string($0)]) })],
                                       label: ("label", labels))
        },
        Mistake("cell-kind", .error, "must hold a list of texts") { $0.lossRequirements?.columns = [.text, .listOfTexts] },
        Mistake("column-order", .error, "the query comes first") { $0.train = rows(["answer": answers, "query": queries], labels) },
        Mistake("column-order", .warning, "'positive' is number 3, and one of that name is usually number 2") {
            $0.train = rows(["anchor": queries, "negative": answers, "positive": answers.map { $0 + "!" }], labels)
            $0.lossRequirements?.allowsMoreColumns = true
        },
        Mistake("columns", .error, "reads 1 to 2 input columns, the training dataset has 3") {
            $0.lossRequirements = LossRequirements(columns: [.text], allowsMoreColumns: true, columnLimit: 2, labels: [.number(0...1)], numLabels: 1...1)
            $0.train = rows(["a": queries, "b": answers, "c": answers.map { $0 + "!" }], labels)
        },
        Mistake("columns", .error, "reads 1 input column, the training dataset has 2") { $0.lossRequirements?.columns = [.text] },
        Mistake("cell-kind", .error, "put each text of a list into a row or a column of its own, or use a listwise loss") {
            $0.train = listed()
        },
        Mistake("cell-kind", .error, "row 1 holds the number 3. Fix: turn the cells into texts with map") {
            $0.train = LossBatchSource(inputs: [("query", queries.map { .string($0) }), ("answer", answers.map { _ in .integer(3) })],
                                       label: ("label", labels))
        },
        Mistake("column-order", .error, "eval_dataset has the input columns 'b', 'a', the training dataset 'a', 'b': columns are read by order") {
            $0.train = rows(["a": queries, "b": answers], labels)
            $0.eval = rows(["b": ["x", "y"], "a": ["z", "u"]], [.number(0), .number(1)])
        },
        Mistake("column-order", .error, "reorder those of eval_dataset with select_columns { \"query\", \"answer\", \"label\" }") {
            $0.eval = rows(["answer": ["x", "y"], "query": ["z", "u"]], [.number(0), .number(1)])
        },
        Mistake("column-order", .error, "eval_dataset: the first input column is 'passage' and 'question' comes later") {
            $0.eval = rows(["passage": ["x", "y"], "question": ["z", "u"]], [.number(0), .number(1)])
        },
        Mistake("id-column", .warning, "'doc_id' looks like one of identifiers") { $0.train = rows(["query": queries, "doc_id": answers], labels) },
        // Labels.
        Mistake("label-missing", .error, "needs a label column") { $0.train = rows(["query": queries, "answer": answers], nil) },
        Mistake("label-unexpected", .error, "takes no labels, but column 'label'") { $0.lossRequirements?.labels = [.none] },
        Mistake("label-text", .error, "holds the text \"yes\" in row 2") { $0.train = labelled([.number(1), .string("yes"), .number(0),
            .number(1)]) },
        Mistake("label-type", .error, "holds nothing in row 3") { $0.train = labelled([.number(1), .number(0), .null, .number(1)]) },
        Mistake("label-nan", .error, "row 4") { $0.train = labelled([.number(1), .number(0), .number(1), .number(.nan)]) },
        Mistake("label-range", .error,
            "labels from 0 to 1, row 2 of 'label' is 5") { $0.train = labelled([.number(1), .integer(5), .number(0), .number(1)]) },
        Mistake("label-range", .error, "dataset = dataset:map(function(row) return { label = row.label / 5.0 } end); or use MSELoss") {
            $0.train = labelled([.number(1), .number(4.6), .number(0), .number(1)])
        },
        Mistake("label-range", .error, "{ label = row.label / 5.0 } end); or use CoSENTLoss, which takes numbers of any size") {
            $0.model.kind = "SentenceTransformer"
            $0.lossRequirements?.labels = [.number(-1...1)]
            $0.train = labelled([.integer(1), .integer(5), .integer(0), .integer(1)])
        },
        Mistake("label-range", .error, "{ label = (row.label + 3.0) / 4.0 } end)") {
            $0.train = labelled([.integer(1), .integer(-3), .integer(0), .integer(1)])
        },
        Mistake("label-text", .error, "dataset = dataset:cast_column(\"label\", \"float64\")") {
            $0.train = labelled(["1.0", "5.0", "0", "2.5"].map { .string($0) })
        },
        Mistake("label-text", .error, "dataset = dataset:cast_column(\"label\", \"int64\")") { $0.train = labelled(["1", "0", "0", "1"].map { .string($0) }) },
        Mistake("column-names", .warning, "named \"0.5\", which looks like data") { $0.train = rows(["query": queries, "0.5": answers], labels) },
        Mistake("no-effect", .note, "gather_across_devices of the loss has no effect") {
            $0.lossConfiguration["gather_across_devices"] = .bool(true)
        },
        Mistake("label-range", .error, "class numbers from 0 to 2") {
            $0.lossRequirements?.labels = [.classIndex]
            $0.lossRequirements?.numLabels = nil
            $0.model.numLabels = 3
            $0.train = labelled([.integer(1), .integer(3), .integer(0), .integer(2)])
        },
        Mistake("label-range", .error, "class numbers from 0 to 1 (num_labels is 2), row 2") {
            $0.lossRequirements?.labels = [.classIndex]
            $0.lossConfiguration = ["num_labels": .integer(2)]
            $0.model.numLabels = nil
            $0.lossRequirements?.numLabels = nil
            $0.train = labelled([.integer(1), .integer(2), .integer(0), .integer(1)])
        },
        Mistake("label-range", .error, "class numbers from 0, row 3 of 'label' is -1") {
            $0.lossRequirements?.labels = [.classIndex]
            $0.model.numLabels = nil
            $0.lossRequirements?.numLabels = nil
            $0.train = labelled([.integer(1), .integer(2), .integer(-1), .integer(1)])
        },
        Mistake("label-length", .error, "row 3 of 'label' is a list of 3, the rows before have lists of 2") {
            $0.lossRequirements?.labels = [.numbers(count: nil)]
            $0.train = labelled([2, 2, 3, 2].map { .list([DatasetValue](repeating: .number(0.5), count: $0)) })
        },
        Mistake("label-length", .error, "row 2 has 1 labels in 'label' for 2 documents") { subject in
            subject.lossRequirements = LossRequirements(columns: [.text, .listOfTexts], labels: [.numbers(count: nil)])
            subject.train = LossBatchSource(inputs: [("query", queries.map { .string($0) }),
                                                     ("docs", queries.map { .list([.string($0 + "a"), .string($0 + "b")]) })],
                                            label: ("label", (0..<4).map { .list([DatasetValue](repeating: .integer(1), count: $0 == 1 ? 1 : 2)) }))
        },
        Mistake("label-constant", .error, "all 4 labels") { $0.train = labelled([.number(1), .number(1), .number(1), .number(1)]) },
        Mistake("label-constant", .error, "so there is one class, and none to tell it from. Fix: add rows of other classes") {
            $0.lossRequirements = LossRequirements(columns: [.text, .text], labels: [.classes(count: nil)], groupsByLabel: true)
            $0.train = labelled([.integer(1), .integer(1), .integer(1), .integer(1)])
        },
        Mistake("imbalance", .warning, "there are 3 negatives to each positive (3 and 1)") {
            $0.train = labelled([.number(1), .number(0), .number(0), .number(0)])
        },
        Mistake("imbalance", .warning, "pos_weight is 7, but there are 1 negatives") { $0.lossConfiguration = ["pos_weight": .number(7)] },
        // Model.
        Mistake("num-labels", .error, "exactly 1 output, this one has num_labels = 2") { $0.model.numLabels = 2 },
        Mistake("activation", .error, "identity") { $0.lossName = "LambdaLoss" },
        Mistake("cached-checkpointing", .error, "mini_batch_size") {
            $0.lossRequirements?.usesGradientCache = true
            $0.arguments.gradientCheckpointing = true
        },
        Mistake("self-guided", .error, "the guide of BinaryCrossEntropyLoss is the model in training") { $0.lossRequirements?.guideIsModel = true },
        Mistake("new-vocabulary-head", .warning, "MaskedLanguageModelTrainer") { $0.model.isVocabularyHeadNew = true },
        Mistake("causal-mean", .warning, "lasttoken") {
            $0.model.isCausal = true
            $0.model.poolingModes = ["mean"]
        },
        Mistake("router-mapping", .error, "routes 'query', 'document', and nothing says") { $0.model.routes = ["query", "document"] },
        Mistake("router-mapping", .error, "the route 'doc', the model has 'query', 'document'") {
            $0.model.routes = ["query", "document"]
            $0.arguments.routerMapping = .named(["query": .all("query"), "answer": .all("doc")])
        },
        Mistake("router-mapping", .warning, "the model has no Router") { $0.arguments.routerMapping = .named(["query": .all("query")]) },
        // Evaluation.
        Mistake("nothing-to-evaluate", .error, "eval_strategy = \"epoch\"") {
            $0.hasEvaluator = false
            $0.arguments.evalStrategy = .epoch
        },
        Mistake("no-verdict", .warning, "neither an evaluator nor an eval_dataset") {
            $0.hasEvaluator = false
            $0.arguments.evalStrategy = .no
        },
        Mistake("eval-off", .note, "before and after training only") { $0.arguments.evalStrategy = .no },
        Mistake("metric-key", .error, "use 'eval_dev_ndcg@10'") { $0.arguments.metricForBestModel = "dev_ndgc@10" },
        Mistake("metric-key", .error, "'eval_loss', which no evaluation writes") { $0.arguments.metricForBestModel = "loss" },
        Mistake("save-steps", .error, "checkpoints come every 3 and evaluations every 2") {
            $0.arguments.loadBestModelAtEnd = true
            $0.arguments.evalStrategy = .steps
            $0.arguments.evalSteps = 0.1
            $0.arguments.saveStrategy = .steps
            $0.arguments.saveSteps = 0.2
            $0.arguments.maxSteps = 15
            $0.plan = try? TrainingPlan($0.arguments, batchesPerEpoch: 15)
        },
        Mistake("early-stopping", .warning, "load_best_model_at_end") { $0.callbackNames = ["EarlyStoppingCallback"] },
        // Sampling.
        Mistake("in-batch-negatives", .warning, "50 % of the rows have a text that occurs elsewhere") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.train = rows(["query": ["a", "b", "c", "d"], "answer": ["x", "x", "y", "z"]], labels)
        },
        Mistake("lone-rows", .error, "every batch has one row") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.trainBatchSize = 1
        },
        Mistake("lone-rows", .note, "dataloader_drop_last") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.trainBatchSize = 3
        },
        Mistake("lone-rows", .error, "compares the rows of a batch with one another, and every batch has one row") {
            $0.lossRequirements?.comparesRows = true
            $0.arguments.trainBatchSize = 1
        },
        Mistake("lone-rows", .error, "makes triplets of the rows of a batch, and every batch has one row") {
            $0.lossRequirements = LossRequirements(columns: [.text, .text], labels: [.classes(count: nil)], groupsByLabel: true)
            $0.arguments.trainBatchSize = 1
        },
        Mistake("lone-rows", .error, "since all 4 rows have a text in common and batch_sampler = \"no_duplicates\" keeps such rows apart") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.batchSampler = .noDuplicates
            $0.train = rows(["query": ["a", "a", "a", "a"], "answer": ["a", "a", "a", "a"]], labels)
        },
        Mistake("lone-rows", .error, "since all 4 rows have a text in common") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.batchSampler = .noDuplicatesHashed
            // One text, in either column.
            $0.train = rows(["query": ["a", "b", "a", "c"], "answer": ["x", "a", "y", "a"]], labels)
        },
        Mistake("lone-rows", .warning, "50 % of the rows or more come alone in their batch, since 3 of 4 have a text in common") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.batchSampler = .noDuplicates
            $0.train = rows(["query": ["a", "a", "a", "b"], "answer": ["x", "y", "z", "u"]], labels)
        },
        Mistake("group-by-label", .warning, "set batch_sampler = \"group_by_label\"") { $0.lossRequirements?.groupsByLabel = true },
        Mistake("labels-once", .warning, "1 of 3 labels in 'label' occur once") {
            $0.lossRequirements = LossRequirements(columns: [.text, .text], labels: [.classIndex], groupsByLabel: true)
            $0.model.numLabels = nil
            $0.arguments.batchSampler = .groupByLabel
            $0.train = rows(["query": queries + ["e"], "answer": answers + ["f"]], [0, 0, 1, 1, 2].map { .integer($0) })
        },
        Mistake("labels-once", .error, "one label only of 'label' occurs twice or more") {
            $0.lossRequirements = LossRequirements(columns: [.text, .text], labels: [.classIndex], groupsByLabel: true)
            $0.model.numLabels = nil
            $0.train = labelled([.integer(0), .integer(0), .integer(1), .integer(2)])
        },
        Mistake("accumulated-negatives", .warning, "does not add negatives") {
            $0.lossRequirements?.usesInBatchNegatives = true
            $0.arguments.gradientAccumulationSteps = 2
        },
        Mistake("batch-size", .warning, "a batch of 64 is larger than the training dataset of 4 rows") { $0.arguments.trainBatchSize = 64 },
        Mistake("warmup", .warning, "takes 500 steps and the run has 10") {
            $0.arguments.warmupSteps = 500
            $0.arguments.maxSteps = 10
            $0.plan = try? TrainingPlan($0.arguments, batchesPerEpoch: 2)
        },
        // Rows.
        Mistake("no-rows", .error, "has no rows") { $0.train = rows(["query": [], "answer": []], []) },
        Mistake("empty-rows", .warning, "1 training rows have an empty text or list, the first is row 3") {
            $0.train = rows(["query": ["a", "b", " ", "d"], "answer": answers], labels)
        },
        Mistake("duplicate-rows", .warning, "1 training rows (25 %) repeat") {
            $0.train = rows(["query": ["a", "a", "c", "d"], "answer": ["x", "x", "y", "z"]], [.number(1), .number(1), .number(0), .number(0)])
        },
        Mistake("shared-rows", .warning, "1 rows of eval_dataset (50 %)") {
            $0.eval = rows(["query": [queries[0], "new"], "answer": [answers[0], "new"]], [.number(0), .number(1)])
        },
        Mistake("evaluator-overlap", .warning, "2 of 4 texts") { $0.evaluatorTexts = [queries[0], queries[1], "u", "v"] },
        // Lengths.
        Mistake("truncation", .warning,
            "25 % of 4 pairs looked at are longer than max_length 128") { $0.model.tokenCounts = { $0.indices.map { $0 == 0 ? 200 : 100 } } },
        Mistake("max-length", .note, """
            max_length is 128 and the longest of 4 pairs looked at has 9 tokens
            """) { $0.model.tokenCounts = { $0.map { _ in 9 } } },
        Mistake("truncation", .warning, "50 % of 8 texts looked at are longer than max_seq_length 128") {
            $0.model.readsPairs = false
            $0.model.tokenCounts = { $0.map { $0.first.hasPrefix("what") && $0.second == nil ? 200 : 100 } }
        },
        // Arguments.
        Mistake("learning-rate", .warning, "low-rank adapters works between 1e-05 and 0.005") {
            $0.model.training = .adapters
            $0.arguments.learningRate = 2e-6
        },
        Mistake("learning-rate", .warning,
            "static embeddings works between 0.001 and 1. Fix: start with 2e-1") { $0.model.training = .staticEmbedding },
        Mistake("learning-rate", .warning, "learning_rate is 0.1") { $0.arguments.learningRate = 0.1 },
        Mistake("learning-rate", .warning, "learning_rate is 2e-08") { $0.arguments.learningRate = 2e-8 },
        Mistake("push-to-hub", .warning, "no hub token is configured") { $0.arguments.pushToHub = true },
        Mistake("report-to", .warning, "wandb") { $0.arguments.reportTo = ["wandb"] },
        Mistake("no-effect", .note, "dataloader_num_workers") { $0.arguments.ignored = [InapplicableArgument.accepted[0]] },
        Mistake("older-checkpoints", .note, "holds 3 checkpoints") { $0.existingCheckpoints = 3 },
    ])
    func aMistakeIsFound(_ mistake: Mistake) {
        var subject = soundSubject()
        mistake.make(&subject)
        let findings = Preflight.standard.report(on: subject).findings
        let found = findings.filter { $0.code == mistake.code }
        #expect(found.count == 1, "\(findings.map(\.code))")
        #expect(found.first?.severity == mistake.severity)
        #expect(found.first.map { $0.fact + ". Fix: " + $0.fix }?.contains(mistake.part) == true, "\(found.first?.line() ?? "")")
    }

    @Test func bf16IsFoundWhereTheProcessorHasNoSuchProducts() {
        var subject = soundSubject()
        subject.arguments.bf16 = true
        let lacking = InstructionSet.with(.portable) { Preflight.standard.report(on: subject).findings }
        #expect(lacking.map(\.code) == ["bf16"] && lacking[0].severity == .note)
        if InstructionSet.detected >= .avx512bf16 {
            #expect(InstructionSet.with(.avx512bf16) { Preflight.standard.report(on: subject).findings }.isEmpty)
        }
    }

    @Test func errorsComeFirstAndAreDemotedOnRequest() {
        var subject = soundSubject()
        subject.arguments.reportTo = ["wandb"]
        subject.model.numLabels = 2
        let report = Preflight.standard.report(on: subject)
        #expect(report.hasErrors && report.findings.map(\.code) == ["num-labels", "report-to"])
        #expect(report.findings[0].line().hasPrefix("preflight error [num-labels]: "))
        #expect(report.findings[0].line(demoted: true).hasPrefix("preflight warning [num-labels]: "))
        #expect(report.error.description.contains("num_labels = 1"))
    }

    @Test func listwiseLossesAreAdvisedOnlyWhereThereAreAny() {
        var subject = soundSubject()
        subject.train = listed()
        subject.model.kind = "SentenceTransformer"
        let found = Preflight.standard.report(on: subject).findings.first { $0.code == "cell-kind" }
        #expect(found?.fix == "put each text of a list into a row or a column of its own")
    }

    @Test func theErrorSaysThatPreflightIsATrainingArgument() {
        var subject = soundSubject()
        subject.model.numLabels = 2
        #expect(Preflight.standard.report(on: subject).error.description.hasPrefix("preflight found an error; with preflight = \"warn\" among the "
            + "training arguments (args of the trainer) the run goes on in spite of it\n"))
        subject.lossRequirements?.usesInBatchNegatives = true
        subject.arguments.trainBatchSize = 1
        #expect(Preflight.standard.report(on: subject).error.description.contains("2 errors; with preflight = \"warn\" among the training arguments "
            + "(args of the trainer) the run goes on in spite of them\n"))
    }

    @Test func batchesWithoutDuplicatesThatHaveRowsToCompareAreSound() {
        var subject = soundSubject()
        subject.lossRequirements?.usesInBatchNegatives = true
        subject.arguments.batchSampler = .noDuplicates
        // Two of four rows share a text; each can have another row beside it.
        subject.train = rows(["query": ["a", "a", "c", "d"], "answer": answers], labels)
        #expect(Preflight.standard.report(on: subject).findings.isEmpty)
        // With negatives of its own a row needs no other.
        subject.lossRequirements?.allowsMoreColumns = true
        subject.train = rows(["query": ["a", "a", "a", "a"], "answer": answers, "other": answers.map { $0 + "!" }], labels)
        #expect(Preflight.standard.report(on: subject).findings.isEmpty)
    }

    @Test func anEvalDatasetWithOtherNamesOrFewerColumnsHasNoOrderToKeep() {
        var subject = soundSubject()
        subject.eval = rows(["left": ["x", "y"], "right": ["z", "u"]], [.number(0), .number(1)])
        #expect(Preflight.standard.report(on: subject).findings.isEmpty)
        subject.lossRequirements?.allowsMoreColumns = true
        subject.train = rows(["a": queries, "b": answers, "c": answers.map { $0 + "!" }], labels)
        subject.eval = rows(["a": ["x", "y"], "b": ["z", "u"]], [.number(0), .number(1)])
        #expect(Preflight.standard.report(on: subject).findings.isEmpty)
    }

    @Test func aLossWrittenInLuaIsNotHeldToRequirements() {
        var subject = soundSubject()
        subject.lossRequirements = nil
        subject.train = rows(["only": queries], nil)
        #expect(!Preflight.standard.report(on: subject).hasErrors)
        // Nor are its labels, which may be lists.
        subject.train = labelled((0..<4).map { .list([.number(Double($0)), .number(1)]) })
        #expect(!Preflight.standard.report(on: subject).hasErrors)
        subject.train = labelled((0..<4).map { .list([.number(Double($0)), .string("no")]) })
        #expect(Preflight.standard.report(on: subject).findings.first?.code == "label-text")
    }
}

private let queries = ["what is a", "what is b", "what is c", "what is d"]
private let answers = ["this is a", "this is b", "this is c", "this is d"]
private let labels: [DatasetValue] = [.number(1), .number(0), .number(1), .number(0)]

private func rows(_ columns: KeyValuePairs<String, [String]>, _ labels: [DatasetValue]?) -> LossBatchSource {
    LossBatchSource(inputs: columns.map { ($0.key, $0.value.map { .string($0) }) }, label: labels.map { ("label", $0) })
}

private func labelled(_ labels: [DatasetValue]) -> LossBatchSource { rows(["query": queries, "answer": answers], labels) }

/// A list in each cell of the second column.
private func listed() -> LossBatchSource {
    LossBatchSource(inputs: [("query", queries.map { .string($0) }), ("answer", answers.map { .list([.string($0)]) })], label: ("label", labels))
}

private func soundSubject() -> PreflightSubject {
    var arguments = TrainingArguments()
    arguments.trainBatchSize = 2
    arguments.learningRate = 2e-5
    arguments.evalStrategy = .epoch
    arguments.saveStrategy = .epoch
    var subject = PreflightSubject(arguments: arguments, plan: try? TrainingPlan(arguments, batchesPerEpoch: 2),
                                   train: labelled(labels),
                                   model: ModelFacts(kind: "CrossEncoder", numLabels: 1, activation: "sigmoid", maxLength: 128,
                                                     tokenCounts: { $0.map { _ in 90 } }),
                                   lossName: "BinaryCrossEntropyLoss",
                                   lossRequirements: LossRequirements(columns: [.text, .text], labels: [.number(0...1)], numLabels: 1...1))
    subject.hasEvaluator = true
    subject.evaluatorKeys = ["dev_map", "dev_mrr@10", "dev_ndcg@10"]
    subject.evaluatorTexts = ["held out"]
    return subject
}
