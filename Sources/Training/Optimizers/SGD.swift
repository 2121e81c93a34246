import ComputeRuntime
import Kernels
import Tensors

/// Gradient descent with optional momentum and L2 weight decay, as `torch.optim.SGD` computes it.
public final class SGD: Optimizer {
    public var groups: [ParameterGroup]
    public var memory: [String: ParameterMemory] = [:]
    public var memoryTensorNames: [String] { momentum == 0 ? [] : ["momentum_buffer"] }
    public let momentum: Double

    public init(groups: [ParameterGroup], momentum: Double = 0) {
        self.groups = groups
        self.momentum = momentum
    }

    public func step(gradientScale: Double = 1) throws {
        var updates: [(parameter: UpdatableParameter, group: ParameterGroup, momentum: Tensor?, isFirst: Bool)] = []
        for group in groups {
            for named in group.parameters {
                guard let parameter = try UpdatableParameter(named) else { continue }
                named.tensor.pendingRows?.settleAll()
                var memory = self.memory[named.name] ?? ParameterMemory()
                memory.step += 1
                let isFirst = memory.step == 1
                if momentum != 0, memory.tensors.isEmpty { memory.tensors["momentum_buffer"] = Tensor(zeros: named.tensor.shape) }
                self.memory[named.name] = memory
                updates.append((parameter, group, memory.tensors["momentum_buffer"], isFirst))
            }
        }
        let stretches = UpdateStretch.covering(updates.map { $0.parameter.value.count })
        ThreadPool.shared.run(count: stretches.count) { index in
            let stretch = stretches[index]
            let update = updates[stretch.parameter]
            sgdUpdate(parameter: update.parameter.value.floats + stretch.start, gradient: update.parameter.gradient.floats + stretch.start,
                      momentum: update.momentum.map { $0.floats + stretch.start }, count: stretch.count,
                      learningRate: Float(update.group.learningRate), momentumFactor: Float(momentum),
                      weightDecay: Float(update.group.weightDecay), gradientScale: Float(gradientScale), isFirstStep: update.isFirst)
        }
        for update in updates { update.parameter.value.storage.didChange() }
    }
}
