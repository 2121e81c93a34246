import TextFormat

/// Checks of a run before its first step. Each takes the subject and gives what it found.
public struct Preflight {
    public typealias Check = (PreflightSubject) -> [PreflightFinding]

    /// Checks of what all datasets of a run share.
    public let run: [Check]
    /// Checks of each training dataset with its loss.
    public let train: [Check]
    /// Checks of each eval dataset with its loss, against a training dataset.
    public let eval: [Check]

    public init(run: [Check] = [], train: [Check] = [], eval: [Check] = []) {
        self.run = run
        self.train = train
        self.eval = eval
    }

    /// Every check there is.
    public static let standard = Preflight(
        run: ModelChecks.ofRun + EvaluationChecks.all + SamplingChecks.ofRun + ArgumentChecks.all + SparsityChecks.ofRun,
        train: ColumnChecks.all + LabelChecks.all + ModelChecks.all + SparsityChecks.all + SamplingChecks.all + RowChecks.all + LengthChecks.all,
        eval: ColumnChecks.ofEval + LabelChecks.ofEval + RowChecks.ofEval)

    /// All checks of a run over one training dataset and, if there is one, one eval dataset.
    public func report(on subject: PreflightSubject) -> PreflightReport {
        report(train: [subject], eval: subject.eval == nil ? [] : [subject])
    }

    /// All checks of a run over several datasets: a subject for each training dataset, and one for each eval dataset. Findings
    /// about a dataset with a name begin with it.
    func report(train subjects: [PreflightSubject], eval evals: [PreflightSubject]) -> PreflightReport {
        let ofTrain = subjects.flatMap { subject in train.flatMap { $0(subject) }.map { $0.about(subject.datasetName) } }
        let ofEval = evals.flatMap { subject in eval.flatMap { $0(subject) }.map { $0.about(subject.datasetName) } }
        return PreflightReport(ofTrain + ofEval + run.flatMap { check in subjects.first.map(check) ?? [] })
    }
}

/// A check of a training dataset, made one of the eval dataset.
func onEval(_ check: @escaping Preflight.Check) -> Preflight.Check {
    { subject in
        guard let eval = subject.eval else { return [] }
        var subject = subject
        subject.train = eval
        subject.eval = nil
        subject.part = "eval"
        return check(subject).map { $0.fact.contains("eval dataset") ? $0 : $0.prefixed(by: "eval_dataset: ") }
    }
}
