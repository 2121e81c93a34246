/// Something that a run would get wrong, found before its first step.
public struct PreflightFinding: Equatable, Sendable {
    /// How bad it is.
    public enum Severity: String, Sendable {
        /// The result would be useless or the run would fail later; stops the run.
        case error
        /// The result would probably suffer.
        case warning
        /// Worth knowing.
        case note
    }

    /// A short name that stays the same between versions, such as `label-range`.
    public let code: String
    public let severity: Severity
    /// What was measured.
    public let fact: String
    /// What to do about it.
    public let fix: String

    public init(_ code: String, _ severity: Severity, _ fact: String, fix: String) {
        self.code = code
        self.severity = severity
        self.fact = fact
        self.fix = fix
    }

    /// The finding with the name of the dataset that it is about before the fact.
    func about(_ dataset: String?) -> PreflightFinding {
        dataset.map { prefixed(by: "dataset '\($0)': ") } ?? self
    }

    /// The finding with words before the fact.
    func prefixed(by words: String) -> PreflightFinding { PreflightFinding(code, severity, words + fact, fix: fix) }

    /// `preflight error [label-range]: ... Fix: ...`; a demoted error is called a warning.
    public func line(demoted: Bool = false) -> String {
        let severity = demoted && severity == .error ? Severity.warning : severity
        return "preflight \(severity.rawValue) [\(code)]: \(fact). Fix: \(fix)."
    }
}

/// All findings, errors first.
public struct PreflightReport: Sendable {
    public let findings: [PreflightFinding]

    public init(_ findings: [PreflightFinding]) {
        let order: [PreflightFinding.Severity] = [.error, .warning, .note]
        self.findings = order.flatMap { severity in findings.filter { $0.severity == severity } }
    }

    /// Whether the run should not start.
    public var hasErrors: Bool { findings.contains { $0.severity == .error } }

    /// The errors as one error.
    public var error: TrainingError {
        let errors = findings.filter { $0.severity == .error }
        let (count, them) = errors.count == 1 ? ("an error", "it") : ("\(errors.count) errors", "them")
        return TrainingError("preflight found \(count); with preflight = \"warn\" among the training arguments (args of the trainer) the run "
            + "goes on in spite of \(them)\n" + errors.map { "  " + $0.line() }.joined(separator: "\n"))
    }
}
