import ComputeRuntime
import Glibc
import Kernels
import Tensors

/// AdamW for a table of which each batch reads few rows, equal to updating the whole table in every step.
///
/// A row without a gradient still changes in every step: its moments decay, and its weights go on by them and by the weight
/// decay. These updates are put off until the row is read again (or everything is, before saving), and are then made one after
/// the other in one pass over the row, with the learning rate that each step had. From the step on at which what the moments
/// move is below float precision (240 steps for the default betas), only the products of the decays are applied.
package final class PendingAdamW: PendingRows {
    private unowned let table: Tensor
    private let firstMoment: Tensor, secondMoment: Tensor
    private let beta1: Double, beta2: Double
    /// Coefficients of each step since the last ``settleAll()``.
    private var steps: [AdamWCoefficients] = []
    /// Entry `n` is the logarithm of the product of the first `n` weight decays of ``steps``.
    private var decays: [Double] = [0]
    /// How many of ``steps`` each row has been through.
    private var done: [Int32]
    /// Whether a row has ever had a gradient.
    private var isTouched: [Bool]
    private let stepsThatMatter: Int
    /// After so many steps every row is brought up to date, so that a long run keeps no more coefficients than these. One pass over the table
    /// in so many steps costs nothing beside them.
    package static let mostSteps = 4096
    /// Steps whose coefficients are kept.
    package var keptStepCount: Int { steps.count }

    init(table: Tensor, firstMoment: Tensor, secondMoment: Tensor, beta1: Double, beta2: Double) {
        self.table = table
        self.firstMoment = firstMoment
        self.secondMoment = secondMoment
        self.beta1 = beta1
        self.beta2 = beta2
        stepsThatMatter = AdamWCoefficients.idleStepsThatMatter(beta1: beta1, beta2: beta2) ?? .max
        done = [Int32](repeating: 0, count: table.shape[0])
        isTouched = (0 ..< table.shape[0]).map { Self.hasMoments($0, secondMoment) }
    }

    private static func hasMoments(_ row: Int, _ secondMoment: Tensor) -> Bool {
        let width = secondMoment.shape[1]
        return (0..<width).contains { secondMoment.floats[row * width + $0] != 0 }
    }

    /// The next step: rows with a gradient are updated, all others are behind by one step more.
    /// - Parameters:
    ///   - rows: each once.
    ///   - gradient: `[rows, width]`
    func step(rows: [Int32], gradient: Tensor, _ coefficients: AdamWCoefficients) {
        if steps.count >= Self.mostSteps { settleAll() }
        settle(rows)
        steps.append(coefficients)
        let decay = Double(coefficients.weightDecayFactor)
        decays.append(decays[decays.count - 1] + (decay > 0 ? log(decay) : -.infinity))
        let width = table.shape[1], now = Int32(steps.count)
        ThreadPool.shared.runRanges(count: rows.count, grain: 8) { range in
            for index in range {
                let start = Int(rows[index]) * width
                adamWUpdate(parameter: table.floats + start, gradient: gradient.floats + index * width, firstMoment: firstMoment.floats + start,
                            secondMoment: secondMoment.floats + start, count: width, coefficients)
            }
        }
        for row in rows {
            done[Int(row)] = now
            isTouched[Int(row)] = true
        }
    }

    package func settle(_ rows: [Int32]) {
        let behind = rows.filter { Int(done[Int($0)]) < steps.count }
        if behind.isEmpty { return }
        steps.withUnsafeBufferPointer { steps in
            ThreadPool.shared.runRanges(count: behind.count, grain: 4) { range in
                for index in range { catchUp(Int(behind[index]), steps) }
            }
        }
        for row in behind { done[Int(row)] = Int32(steps.count) }
    }

    package func settleAll() {
        if steps.isEmpty { return }
        settle((0 ..< Int32(done.count)).map { $0 })
        steps.removeAll(keepingCapacity: true)
        decays = [0]
        for row in done.indices { done[row] = 0 }
        // As a run that goes on from here will find it.
        for row in isTouched.indices where isTouched[row] { isTouched[row] = Self.hasMoments(row, secondMoment) }
    }

    private func catchUp(_ row: Int, _ steps: UnsafeBufferPointer<AdamWCoefficients>) {
        let width = table.shape[1], first = Int(done[row])
        let weights = table.floats + row * width, m = firstMoment.floats + row * width, v = secondMoment.floats + row * width
        var next = first
        if isTouched[row] {
            let isWhole = stepsThatMatter == .max || decays[steps.count] == -.infinity
            next = isWhole ? steps.count : min(steps.count, first + stepsThatMatter)
            adamWIdleUpdates(parameter: weights, firstMoment: m, secondMoment: v, count: width,
                             steps: UnsafeBufferPointer(rebasing: steps[first..<next]))
            if next == steps.count { return }
            decayInPlace(m, count: width, by: Float(pow(beta1, Double(steps.count - next))))
            decayInPlace(v, count: width, by: Float(pow(beta2, Double(steps.count - next))))
        }
        let decay = decays[next] == -.infinity ? 0 : exp(decays[steps.count] - decays[next])
        if decay != 1 { for column in 0..<width { weights[column] *= Float(decay) } }
    }
}
