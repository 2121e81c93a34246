/// Checks of a run before its first step. Each takes the subject and gives what it found.
public struct Preflight {
    public typealias Check = (PreflightSubject) -> [PreflightFinding]

    public let checks: [Check]

    public init(_ checks: [Check]) { self.checks = checks }

    /// Every check there is.
    public static let standard = Preflight(ColumnChecks.all + LabelChecks.all + ModelChecks.all + EvaluationChecks.all
        + SamplingChecks.all + RowChecks.all + LengthChecks.all + ArgumentChecks.all)

    public func report(on subject: PreflightSubject) -> PreflightReport {
        PreflightReport(checks.flatMap { $0(subject) })
    }
}
