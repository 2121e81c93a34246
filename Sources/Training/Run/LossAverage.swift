/// The training loss as it is logged: means since the last log line and since the start.
struct LossAverage: Equatable {
    private(set) var sinceLog = 0.0
    private(set) var stepsSinceLog = 0
    private(set) var total = 0.0
    private(set) var steps = 0

    init() {}

    init(sinceLog: Double, stepsSinceLog: Int, total: Double, steps: Int) {
        self.sinceLog = sinceLog
        self.stepsSinceLog = stepsSinceLog
        self.total = total
        self.steps = steps
    }

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
