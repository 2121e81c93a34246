import ComputeRuntime
import Encoders
import Kernels
import Tensors

/// AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as `torch.optim.AdamW` computes it.
///
/// A parameter whose gradient is a ``RowGradient`` costs what the rows of the batch cost: the updates of other rows are put off
/// until they are read, with the same result; see ``PendingAdamW``.
public final class AdamW: Optimizer {
    public var groups: [ParameterGroup]
    public var memory: [String: ParameterMemory] {
        get {
            for (_, pending) in pending.values { pending.settleAll() }
            return store
        }
        set {
            settle()
            store = newValue
        }
    }
    private var store: [String: ParameterMemory] = [:]
    /// The tables that have had row gradients, by name.
    private var pending: [String: (table: Tensor, rows: PendingAdamW)] = [:]
    public let memoryTensorNames = ["exp_avg", "exp_avg_sq"]
    public let beta1: Double
    public let beta2: Double
    public let epsilon: Double

    public init(groups: [ParameterGroup], beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8) {
        self.groups = groups
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    deinit { settle() }

    public func step(gradientScale: Double = 1) throws {
        var updates: [(parameter: UpdatableParameter, first: Tensor, second: Tensor, coefficients: AdamWCoefficients)] = []
        for group in groups {
            for named in group.parameters {
                guard let parameter = try UpdatableParameter(named, takesRows: true) else { continue }
                var memory = store[named.name] ?? ParameterMemory()
                memory.step += 1
                // Of a table, rows that no batch has read take no memory.
                func zeros() -> Tensor { parameter.rows == nil ? Tensor(zeros: named.tensor.shape) : Tensor(sparseZeros: named.tensor.shape) }
                let first = memory.tensors["exp_avg"] ?? zeros(), second = memory.tensors["exp_avg_sq"] ?? zeros()
                memory.tensors = ["exp_avg": first, "exp_avg_sq": second]
                store[named.name] = memory
                let coefficients = AdamWCoefficients(learningRate: group.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                                                     weightDecay: group.weightDecay, step: memory.step, gradientScale: gradientScale)
                if let rows = parameter.rows {
                    pendingRows(of: named, first, second).step(rows: rows, gradient: parameter.gradient, coefficients)
                    parameter.value.storage.didChange()
                    continue
                }
                named.tensor.pendingRows?.settleAll()
                updates.append((parameter, first, second, coefficients))
            }
        }
        let stretches = UpdateStretch.covering(updates.map { $0.parameter.value.count })
        ThreadPool.shared.run(count: stretches.count) { index in
            let stretch = stretches[index]
            let update = updates[stretch.parameter]
            adamWUpdate(parameter: update.parameter.value.floats + stretch.start, gradient: update.parameter.gradient.floats + stretch.start,
                        firstMoment: update.first.floats + stretch.start, secondMoment: update.second.floats + stretch.start,
                        count: stretch.count, update.coefficients)
        }
        for update in updates { update.parameter.value.storage.didChange() }
    }

    private func pendingRows(of named: NamedParameter, _ first: Tensor, _ second: Tensor) -> PendingAdamW {
        if let known = pending[named.name], known.table === named.tensor, named.tensor.pendingRows === known.rows { return known.rows }
        // Another optimizer may have left rows behind.
        named.tensor.pendingRows?.settleAll()
        let rows = PendingAdamW(table: named.tensor, firstMoment: first, secondMoment: second, beta1: beta1, beta2: beta2)
        pending[named.name] = (named.tensor, rows)
        named.tensor.pendingRows = rows
        return rows
    }

    /// Brings every table up to date and lets go of it.
    private func settle() {
        for (table, rows) in pending.values {
            rows.settleAll()
            if table.pendingRows === rows { table.pendingRows = nil }
        }
        pending = [:]
    }
}
