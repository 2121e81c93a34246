import Glibc
import TextFormat

/// One line about a run for `experiments.md`, a table that grows by a line with each run.
public struct ExperimentsRecord: Equatable, Sendable {
    public var run: String
    public var model: String
    public var loss: String
    public var metric: String
    public var verdict: Verdict
    public var steps: Int
    public var seconds: Double
    /// The settings worth comparing, as `name=value`.
    public var settings: [String]
    public var isSmokeTest: Bool

    static let header = """
        | date | run | verdict | score | baseline | delta | metric | model | loss | steps | minutes | settings |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |

        """

    /// The table row, line break included.
    public func row(date: String) -> String {
        let cells = [date, run + (isSmokeTest ? " (smoke test)" : ""), verdict.outcome.rawValue, verdict.score.fixed(4),
                     verdict.baseline.fixed(4), verdict.deltaText, metric, model, loss,
                     "\(steps)", (seconds / 60).fixed(1), settings.joined(separator: ", ")]
        let escaped = cells.map { cell in String(cell.flatMap { $0 == "|" ? "\\|" : $0.isNewline ? " " : String($0) }) }
        return "| " + escaped.joined(separator: " | ") + " |\n"
    }

    /// Adds the row to the file at `path`, under a heading if the file is new.
    public func append(to path: String) throws {
        let descriptor = try AppendedFile.open(path)
        defer { close(descriptor) }
        // Two runs that end at once write one heading. Where there are no locks, perhaps two.
        flock(descriptor, LOCK_EX)
        let isNew = lseek(descriptor, 0, SEEK_END) == 0
        AppendedFile.write((isNew ? Self.header : "") + row(date: Clock.dateText()), to: descriptor)
    }
}
