import Kernels
import Tensors

/// AdamW: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as `torch.optim.AdamW` computes it.
public final class AdamW: Optimizer {
    public var groups: [ParameterGroup]
    public var memory: [String: ParameterMemory] = [:]
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

    public func step(gradientScale: Double = 1) throws {
        var updates: [(parameter: UpdatableParameter, first: Tensor, second: Tensor, coefficients: AdamWCoefficients)] = []
        for group in groups {
            for named in group.parameters {
                guard let parameter = try UpdatableParameter(named) else { continue }
                var memory = self.memory[named.name] ?? ParameterMemory()
                memory.step += 1
                let first = memory.tensors["exp_avg"] ?? Tensor(zeros: named.tensor.shape)
                let second = memory.tensors["exp_avg_sq"] ?? Tensor(zeros: named.tensor.shape)
                memory.tensors = ["exp_avg": first, "exp_avg_sq": second]
                self.memory[named.name] = memory
                let coefficients = AdamWCoefficients(learningRate: group.learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
                                                     weightDecay: group.weightDecay, step: memory.step, gradientScale: gradientScale)
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
    }
}
