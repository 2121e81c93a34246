/// The training loss as it is logged: means since the last log line and since the start.
struct LossAverage: Equatable {
    var sinceLog = 0.0
    var stepsSinceLog = 0
    var total = 0.0
    var steps = 0

    mutating func add(_ loss: Double) {
        sinceLog += loss
        stepsSinceLog += 1
        total += loss
        steps += 1
    }

    /// The mean since the last call, nil if there was no step.
    mutating func takeLogged() -> Double? {
        guard stepsSinceLog > 0 else { return nil }
        defer { (sinceLog, stepsSinceLog) = (0, 0) }
        return sinceLog / Double(stepsSinceLog)
    }

    /// The mean over all steps.
    var mean: Double { steps > 0 ? total / Double(steps) : 0 }
}
