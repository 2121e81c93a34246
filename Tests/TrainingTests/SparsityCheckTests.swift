import Datasets
import JSON
import Losses
import Testing
import Training

/// What preflight says about runs of sparse encoders.
struct SparsityCheckTests {
    /// The codes of this file; a run that is otherwise sound has none of them.
    private static let codes: Set<String> = [
        "no-regularizer", "csr-model", "regularizer-weight", "equal-regularizers", "regularizer-range", "similarity-scale", "regularizer-ramp",
        "best-is-dense", "new-vocabulary-head",
    ]

    private static func findings(_ change: (inout PreflightSubject) -> Void) -> [PreflightFinding] {
        var subject = soundSparseSubject()
        change(&subject)
        return Preflight.standard.report(on: subject).findings.filter { codes.contains($0.code) }
    }

    @Test func aSoundSparseRunHasNoFindings() {
        #expect(Preflight.standard.report(on: soundSparseSubject()).findings.isEmpty)
    }

    @Test(arguments: [
        Mistake("no-regularizer", .error, "SparseTripletLoss keeps nothing sparse") {
            $0.lossName = "SparseTripletLoss"
            $0.lossRequirements?.needsSparsityLoss = true
        },
        Mistake("csr-model", .error, "CSRLoss needs a SparseAutoEncoder") { $0.lossName = "CSRLoss" },
        Mistake("csr-model", .warning, "use CSRLoss around the same loss") { $0.model.hasSparseAutoEncoder = true },
        Mistake("regularizer-weight", .warning, "document_regularizer_weight is 0") { $0.lossConfiguration["document_regularizer_weight"] = .number(0) },
        Mistake("regularizer-weight", .warning, "query_regularizer_weight is 0") { $0.lossConfiguration["query_regularizer_weight"] = .number(0) },
        Mistake("regularizer-weight", .warning, "query_regularizer_weight is not given") { $0.lossConfiguration["query_regularizer_weight"] = nil },
        Mistake("equal-regularizers", .note, "both regularizer weights are 3e-05") { $0.lossConfiguration["query_regularizer_weight"] = .number(3e-5) },
        Mistake("regularizer-range", .warning, "document_regularizer_weight is 5") { $0.lossConfiguration["document_regularizer_weight"] = .number(5) },
        Mistake("regularizer-range", .warning, "query_regularizer_weight is 2") { $0.lossConfiguration["query_regularizer_weight"] = .number(2) },
        Mistake("similarity-scale", .warning, "multiplied by 20") { $0.innerLossConfiguration["scale"] = .number(20) },
        Mistake("similarity-scale", .warning, "cosines are multiplied by 1 only") { $0.innerLossConfiguration["similarity_fct"] = .string("cos_sim") },
        Mistake("regularizer-ramp", .warning, "rise until step 90 of 100") { $0.regularizerWarmupRatio = 0.9 },
        Mistake("best-is-dense", .note, "before step 33") {
            $0.arguments.loadBestModelAtEnd = true
            $0.arguments.evalSteps = 10
            $0.arguments.saveSteps = 10
            $0.plan = try? TrainingPlan($0.arguments, batchesPerEpoch: 100)
        },
        Mistake("new-vocabulary-head", .warning, "random weights") { $0.model.isVocabularyHeadNew = true },
    ])
    func everyMistakeHasItsFinding(mistake: Mistake) throws {
        let findings = Self.findings(mistake.make)
        #expect(findings.map(\.code) == [mistake.code], "\(findings.map { $0.line() })")
        let finding = try #require(findings.first)
        #expect(finding.severity == mistake.severity)
        #expect(finding.line().contains(mistake.part), "\(finding.line())")
    }

    /// What looks alike and is sound.
    @Test(arguments: [
        Mistake("no-regularizer", .error, "a dense model") {
            $0.model.kind = "SentenceTransformer"
            $0.lossName = "SparseTripletLoss"
            $0.lossConfiguration = [:]
            $0.lossRequirements?.needsSparsityLoss = true
        },
        Mistake("csr-model", .error, "CSRLoss with its module") {
            $0.lossName = "CSRLoss"
            $0.lossConfiguration = [:]
            $0.model.hasSparseAutoEncoder = true
        },
        Mistake("regularizer-weight", .warning, "queries from a table") {
            $0.lossConfiguration["query_regularizer_weight"] = nil
            $0.model.hasStaticQueries = true
        },
        Mistake("regularizer-weight", .warning, "documents alone") {
            $0.lossConfiguration["query_regularizer_weight"] = nil
            $0.lossConfiguration["use_document_regularizer_only"] = .bool(true)
        },
        Mistake("regularizer-range", .warning, "another regularizer has another scale") {
            $0.lossConfiguration["document_regularizer"] = .string("mine")
            $0.lossConfiguration["document_regularizer_weight"] = .number(5)
        },
        Mistake("similarity-scale", .warning, "cosines with a scale") {
            $0.innerLossConfiguration["similarity_fct"] = .string("cos_sim")
            $0.innerLossConfiguration["scale"] = .number(20)
        },
        Mistake("similarity-scale", .warning, "a loss without a softmax") {
            $0.innerLossName = "SparseTripletLoss"
            $0.innerLossConfiguration["scale"] = .number(20)
        },
        Mistake("regularizer-ramp", .warning, "a ramp that ends") { $0.regularizerWarmupRatio = 0.8 },
        Mistake("best-is-dense", .note, "measured after the ramp") {
            $0.arguments.loadBestModelAtEnd = true
            $0.arguments.evalSteps = 50
            $0.arguments.saveSteps = 50
            $0.plan = try? TrainingPlan($0.arguments, batchesPerEpoch: 100)
        },
        Mistake("new-vocabulary-head", .warning, "masked words first") {
            $0.model.isVocabularyHeadNew = true
            $0.lossName = "MaskedLanguageModelLoss"
            $0.lossConfiguration = [:]
        },
    ])
    func nothingIsSaidWhereItWouldBeWrong(sound: Mistake) {
        #expect(Self.findings(sound.make).isEmpty, "\(Self.findings(sound.make).map { $0.line() })")
    }

    @Test func activeDimensionsOfTheVerdictDecideWhatIsAWin() {
        func outcome(_ query: Double, _ corpus: Double) -> Verdict.Outcome {
            Verdict(score: 0.9, baseline: 0.1, activeDims: Verdict.ActiveDims(query: query, corpus: corpus)).outcome
        }
        #expect(outcome(80, 200) == .win && outcome(0.5, 200) == .marginal && outcome(80, 5_000) == .marginal && outcome(.nan, 80) == .marginal)
    }
}

private func soundSparseSubject() -> PreflightSubject {
    var arguments = TrainingArguments()
    arguments.trainBatchSize = 2
    arguments.learningRate = 2e-5
    arguments.evalStrategy = .steps
    arguments.saveStrategy = .steps
    arguments.evalSteps = 10
    arguments.saveSteps = 10
    arguments.maxSteps = 100
    arguments.batchSampler = .noDuplicates
    func texts(_ word: String) -> [DatasetValue] { (0..<8).map { .string("\(word) number \($0)") } }
    var subject = PreflightSubject(
        arguments: arguments, plan: try? TrainingPlan(arguments, batchesPerEpoch: 100),
        train: LossBatchSource(inputs: [("query", texts("query")), ("passage", texts("passage"))], label: nil),
        model: ModelFacts(kind: "SparseEncoder", maxLength: 128, tokenCounts: { $0.map { _ in 90 } }), lossName: "SpladeLoss",
        lossRequirements: LossRequirements(columns: [.text, .text], labels: [.none]),
        lossConfiguration: ["query_regularizer_weight": .number(5e-5), "document_regularizer_weight": .number(3e-5)])
    subject.innerLossName = "SparseMultipleNegativesRankingLoss"
    subject.innerLossConfiguration = ["scale": .number(1), "similarity_fct": .string("dot_score")]
    subject.regularizerWarmupRatio = 1.0 / 3
    subject.hasEvaluator = true
    subject.evaluatorKeys = ["dev_dot_ndcg@10", "dev_query_active_dims"]
    subject.evaluatorTexts = ["held out"]
    return subject
}
