import Evaluators
import TextFormat

/// Logged values as one line: all of them for the log file, and for the terminal no more than fit on a few rows.
package struct MetricLine {
    package let metrics: [Metric]
    /// Keys to show before all others.
    package let headlines: [String]

    package init(metrics: [Metric], headlines: [String]) {
        self.metrics = metrics
        self.headlines = headlines
    }

    /// The most values that the terminal shows.
    private static let limit = 8

    /// Every value.
    package var whole: String { Self.text(metrics) }

    /// The headlines, then losses, then what has the cutoff of the first headline (`@10`), then what comes first; in the order
    /// of the whole line. Says how many are left out.
    package var short: String {
        guard metrics.count > Self.limit else { return whole }
        let cutoff = headlines.first.flatMap { key in key.lastIndex(of: "@").map { String(key[$0...]) } }
        let groups: [(String) -> Bool] = [
            headlines.contains, { $0.hasSuffix("loss") }, { $0 == "eval_runtime" }, { key in cutoff.map(key.hasSuffix) ?? false }, { _ in true },
        ]
        func group(_ metric: Metric) -> Int { groups.firstIndex { $0(metric.key) } ?? groups.count }
        let ranked = metrics.indices.sorted { (group(metrics[$0]), $0) < (group(metrics[$1]), $1) }
        let kept = ranked.prefix(Self.limit).sorted()
        return Self.text(kept.map { metrics[$0] }) + " | \(metrics.count - kept.count) more in the log"
    }

    private static func text(_ metrics: [Metric]) -> String {
        metrics.map { "\($0.key) \($0.value.general())" + ($0.key.hasSuffix("_runtime") ? " s" : "") }.joined(separator: " | ")
    }
}
