import Evaluators
import Losses

/// The terms of the training loss as they are logged: means since the last log line, by name in the order of their first coming.
struct ComponentAverage: Equatable {
    private(set) var sums: [(name: String, value: Double)] = []
    private(set) var weight = 0.0

    /// Adds the terms of one batch.
    mutating func add(_ components: [LossComponent], weight: Double = 1) {
        if components.isEmpty { return }
        self.weight += weight
        for component in components {
            if let place = sums.firstIndex(where: { $0.name == component.name }) {
                sums[place].value += component.value * weight
            } else {
                sums.append((component.name, component.value * weight))
            }
        }
    }

    /// The means since the last call, none without terms.
    mutating func takeLogged() -> [Metric] {
        defer { self = ComponentAverage() }
        return sums.map { Metric($0.name, $0.value / weight) }
    }

    static func == (a: Self, b: Self) -> Bool {
        a.weight == b.weight && a.sums.map(\.name) == b.sums.map(\.name) && a.sums.map(\.value) == b.sums.map(\.value)
    }
}
