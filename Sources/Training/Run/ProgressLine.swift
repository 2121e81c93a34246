import TextFormat

/// How far a run is, as one line of text.
public struct ProgressLine: Equatable, Sendable {
    /// Steps done and steps of the run.
    public var step: Int
    public var total: Int
    /// Steps done in this process and the seconds they took.
    public var measuredSteps: Int
    public var seconds: Double
    /// The loss of the last step.
    public var loss: Double?

    public init(step: Int, total: Int, measuredSteps: Int, seconds: Double, loss: Double?) {
        self.step = step
        self.total = total
        self.measuredSteps = measuredSteps
        self.seconds = seconds
        self.loss = loss
    }

    private var percent: Int { total > 0 ? step * 100 / total : 100 }
    private var rate: Double? { measuredSteps > 0 && seconds > 0 ? Double(measuredSteps) / seconds : nil }
    private var secondsLeft: Double { rate.map { Double(total - step) / $0 } ?? .infinity }

    private var rateText: String {
        guard let rate else { return "-- steps/s" }
        return rate >= 1 ? "\(rate.fixed(2)) steps/s" : "\((1 / rate).fixed(2)) s/step"
    }

    /// For logs: `step 120/1000 (12%) | loss 0.4312 | 8.31 steps/s | 01:46 left`.
    public var plain: String {
        var parts = ["step \(step)/\(total) (\(percent)%)"]
        if let loss { parts.append("loss \(loss.fixed(4))") }
        parts.append(rateText)
        parts.append("\(secondsLeft.clock) left")
        return parts.joined(separator: " | ")
    }

    /// For a terminal of `width` columns: with a bar where there is room, else with fewer parts, never wider.
    public func bar(width: Int) -> String {
        let lossText = loss.map { ", loss \($0.fixed(4))" } ?? ""
        let head = "\(percent)%"
        let count = "\(step)/\(total)"
        let tails = [" \(count) [\(seconds.clock)<\(secondsLeft.clock), \(rateText)\(lossText)]",
                     " \(count) [\(secondsLeft.clock) left\(lossText)]",
                     " \(count) [\(secondsLeft.clock) left]"]
        for tail in tails {
            let room = width - head.count - tail.count - 3
            if room >= 8 {
                let filled = total > 0 ? min(room, step * room / total) : room
                return head + " |" + String(repeating: "#", count: filled) + String(repeating: ".", count: room - filled) + "|" + tail
            }
        }
        for line in tails.map({ head + $0 }) + ["\(head) \(count)", head] where line.count <= width { return line }
        return ""
    }
}
