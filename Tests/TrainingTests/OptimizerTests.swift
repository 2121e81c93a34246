import Encoders
import JSON
import Tensors
import Testing
import Training

struct OptimizerTests {
    @Test func twentyClippedStepsOfAdamWAgreeWithTorch() throws {
        let reference = try fixture("adamw")
        let parameters = [parameter("weight", reference["start"]!.asArray![0].floats, [5, 7]),
                          parameter("bias", reference["start"]!.asArray![1].floats, [11])]
        let optimizer = AdamW(groups: [ParameterGroup(parameters: [parameters[0]], learningRate: 1e-2, weightDecay: 0.1),
                                       ParameterGroup(parameters: [parameters[1]], learningRate: 1e-2, weightDecay: 0)],
                              beta1: 0.9, beta2: 0.99, epsilon: 1e-7)
        for (step, gradients) in reference["gradients"]!.asArray!.enumerated() {
            for (parameter, gradient) in zip(parameters, gradients.asArray!) {
                parameter.tensor.grad = Tensor(gradient.floats, shape: parameter.tensor.shape)
            }
            let norm = try GradientNorm.of(parameters)
            #expect(abs(norm - reference["norms"]!.doubles[step]) < 1e-6 * norm)
            for index in optimizer.groups.indices { optimizer.groups[index].learningRate = 1e-2 * (1 - Double(step) / 20) }
            try optimizer.step(gradientScale: GradientNorm.clippingFactor(norm: norm, limit: 1))
        }
        for (parameter, end) in zip(parameters, reference["end"]!.asArray!) {
            for (have, want) in zip(parameter.tensor.floatArray(), end.floats) { #expect(abs(have - want) <= 2e-6 * max(1, abs(want))) }
        }
    }

    @Test func momentumDescentAgreesWithTorch() throws {
        let reference = try fixture("sgd")
        let parameter = parameter("weight", reference["start"]!.floats, [9])
        let optimizer = SGD(groups: [ParameterGroup(parameters: [parameter], learningRate: 0.1, weightDecay: 0.01)], momentum: 0.9)
        for gradient in reference["gradients"]!.asArray! {
            parameter.tensor.grad = Tensor(gradient.floats)
            try optimizer.step(gradientScale: 1)
        }
        for (have, want) in zip(parameter.tensor.floatArray(), reference["end"]!.floats) { #expect(abs(have - want) < 1e-6) }
    }

    @Test func weightDecaySparesWhatTheReferenceSpares() throws {
        for item in try fixture("decay_names").asArray! {
            #expect(ParameterGrouping.decays(item["name"]!.asString!) == item["decays"]!.asBool!, "\(item["name"]!.asString!)")
        }
    }

    @Test func aParameterWithoutGradientKeepsItsValue() throws {
        let parameter = parameter("weight", [1, 2], [2])
        try AdamW(groups: [ParameterGroup(parameters: [parameter], learningRate: 1, weightDecay: 1)]).step()
        #expect(parameter.tensor.floatArray() == [1, 2])
    }

    @Test func clippingInPlaceBringsTheNormToItsLimit() throws {
        let parameter = parameter("weight", [0, 0], [2])
        parameter.tensor.grad = Tensor([3, 4] as [Float])
        #expect(try GradientNorm.clip([parameter], to: 1) == 5)
        #expect(abs(try GradientNorm.of([parameter]) - 1) < 1e-6)
    }

    @Test func largeParametersGiveTheSameBitsAsSmallOnes() throws {
        // Longer than several stretches of work, so that the cut into tasks cannot matter.
        let count = 100_003
        let values = (0..<count).map { Float($0 % 97) / 97 - 0.5 }
        let whole = parameter("w", values, [count])
        whole.tensor.grad = Tensor(values.map { $0 * 0.3 })
        try AdamW(groups: [ParameterGroup(parameters: [whole], learningRate: 0.01, weightDecay: 0.1)]).step()
        for start in stride(from: 0, to: count, by: 40_000) {
            let range = start ..< min(count, start + 40_000)
            let part = parameter("w", Array(values[range]), [range.count])
            part.tensor.grad = Tensor(values[range].map { $0 * 0.3 })
            try AdamW(groups: [ParameterGroup(parameters: [part], learningRate: 0.01, weightDecay: 0.1)]).step()
            #expect(part.tensor.floatArray() == Array(whole.tensor.floatArray()[range]))
        }
    }

    @Test func rulesGiveTheirParametersAnotherLearningRate() throws {
        let parameters = [parameter("encoder.weight", [1], [1]), parameter("encoder.bias", [1], [1]), parameter("classifier.weight", [1], [1])]
        let groups = try ParameterGrouping.groups(parameters, learningRate: 1, weightDecay: 0.1,
                                                  rules: [LearningRateRule(pattern: #"^classifier\."#, learningRate: 5)])
        #expect(groups.map(\.learningRate) == [1, 1, 5])
        #expect(groups.map(\.weightDecay) == [0.1, 0, 0.1])
        #expect(groups.map { $0.parameters.map(\.name) } == [["encoder.weight"], ["encoder.bias"], ["classifier.weight"]])
    }

    @Test(arguments: ["nothing", "("])
    func aRuleThatFitsNothingIsRefused(_ pattern: String) {
        #expect(throws: TrainingArgumentError.self) {
            try ParameterGrouping.groups([parameter("a", [1], [1])], learningRate: 1, weightDecay: 0,
                                         rules: [LearningRateRule(pattern: pattern, learningRate: 1)])
        }
    }

    private func parameter(_ name: String, _ values: [Float], _ shape: [Int]) -> NamedParameter {
        let tensor = Tensor(values, shape: shape)
        tensor.requiresGrad = true
        return NamedParameter(name: name, tensor: tensor)
    }
}
