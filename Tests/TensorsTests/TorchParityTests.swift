import Tensors
import Testing

/// An operation under the name of its fixture.
struct ParityCase: CustomTestStringConvertible, Sendable {
    let name: String
    let operation: @Sendable ([Tensor]) throws -> [Tensor]

    var testDescription: String { name }

    init(_ name: String, _ operation: @escaping @Sendable ([Tensor]) throws -> Tensor) {
        self.name = name
        self.operation = { [try operation($0)] }
    }

    init(pair name: String, _ operation: @escaping @Sendable ([Tensor]) throws -> (Tensor, Tensor)) {
        self.name = name
        self.operation = {
            let (first, second) = try operation($0)
            return [first, second]
        }
    }
}

@Suite("Agreement with torch")
struct TorchParityTests {
    @Test("of values and gradients", arguments: cases)
    func agrees(_ test: ParityCase) throws {
        let fixture = try TorchFixture(test.name)
        let differentiable = fixture.inputs.filter { $0.dtype == .float32 }
        if !fixture.gradients.isEmpty { for input in differentiable { input.requiresGrad = true } }
        let outputs = try test.operation(fixture.inputs)
        #expect(outputs.count == fixture.outputs.count)
        for (position, (output, expected)) in zip(outputs, fixture.outputs).enumerated() { expectEqual(output, expected, "output \(position)") }
        if fixture.gradients.isEmpty { return }
        let weights = try Tensor.arange(1, Double(outputs[0].count) + 1, dtype: .float32).reshape(outputs[0].shape)
        try outputs[0].multiplying(weights).sum().backward()
        for (position, (input, expected)) in zip(fixture.inputs, fixture.gradients).enumerated() {
            guard let expected else { continue }
            let gradient = try #require(input.grad, "input \(position) got no gradient")
            expectEqual(gradient, expected, tolerance: 1e-5, "gradient \(position)")
        }
    }

    static let cases = reductions + rows + elementwise + losses

    static let reductions: [ParityCase] = [
        ParityCase("std") { try $0[0].std() },
        ParityCase("std dim") { try $0[0].std(dim: 0) },
        ParityCase("std population") { try $0[0].std(dim: -1, correction: 0, keepDim: true) },
        ParityCase("std of one") { try $0[0].std() },
        ParityCase("var negative dim") { try $0[0].variance(dim: -2) },
        ParityCase("norm") { try $0[0].norm() },
        ParityCase("norm 1") { try $0[0].norm(p: 1, dim: 1) },
        ParityCase("norm 3") { try $0[0].norm(p: 3, dim: 0, keepDim: true) },
        ParityCase("norm infinity") { try $0[0].norm(p: .infinity, dim: 1) },
        ParityCase("norm 0") { try $0[0].norm(p: 0) },
        ParityCase("norm of zeros") { try $0[0].norm() },
        ParityCase("argmax ties") { try $0[0].argmax(dim: 1) },
        ParityCase("argmin ties") { try $0[0].argmin(dim: 0) },
        ParityCase("argmax all") { try $0[0].argmax() },
        ParityCase("argmax nan") { try $0[0].argmax() },
        ParityCase(pair: "max dim") { try $0[0].maxWithIndices(dim: 1) },
        ParityCase("max all") { try $0[0].max() },
        ParityCase("amax") { try $0[0].amax(dim: 1) },
        ParityCase("prod with zeros") { try $0[0].prod(dim: 1) },
        ParityCase("cumsum") { try $0[0].cumsum(dim: 0) },
        ParityCase("mean of whole numbers") { try $0[0].toBool().mean() },
        ParityCase("sum of truth values") { try $0[0].toBool().sum() },
    ]

    static let rows: [ParityCase] = [
        ParityCase("logsumexp") { try $0[0].logSumExp(dim: 1) },
        ParityCase("logsumexp of infinities") { try $0[0].logSumExp(dim: 1) },
        ParityCase("logsumexp keepdim") { try $0[0].logSumExp(dim: -2, keepDim: true) },
        ParityCase("softmax") { try $0[0].softmax() },
        ParityCase("softmax of -inf") { try $0[0].softmax(dim: 0) },
        ParityCase("log_softmax") { try $0[0].logSoftmax() },
        ParityCase("log_softmax middle") { try $0[0].logSoftmax(dim: 1) },
        ParityCase(pair: "topk") { try $0[0].topK(3) },
        ParityCase(pair: "topk smallest") { try $0[0].topK(2, largest: false) },
        ParityCase(pair: "sort stable") { try $0[0].sort() },
        ParityCase(pair: "sort stable descending") { try $0[0].sort(descending: true) },
        ParityCase("gather") { try $0[0].gather(dim: 1, index: $0[1]) },
        ParityCase("cosine_similarity") { try $0[0].cosineSimilarity($0[1]) },
        ParityCase("cosine_similarity of zero") { try $0[0].cosineSimilarity($0[1]) },
        ParityCase("normalize") { try $0[0].normalize() },
        ParityCase("layer_norm") { try $0[0].layerNorm(weight: $0[1], bias: $0[2], eps: 1e-12) },
        ParityCase("matmul broadcast") { try $0[0].matmul($0[1]) },
    ]

    static let elementwise: [ParityCase] = [
        ParityCase("maximum ties") { try $0[0].maximum($0[1]) },
        ParityCase("clamp at bounds") { try $0[0].clamp(min: -1, max: 1) },
        ParityCase("clamp min above max") { try $0[0].clamp(min: 2, max: 1) },
        ParityCase("abs") { try $0[0].abs() },
        ParityCase("sign") { try $0[0].sign() },
        ParityCase("round") { try $0[0].round() },
        ParityCase("remainder") { try $0[0].modulo($0[1]) },
        ParityCase("floor divide") { try $0[0].floorDividing(by: $0[1]) },
        ParityCase("integer remainder") { try $0[0].modulo($0[1]) },
        ParityCase("integer floor divide") { try $0[0].floorDividing(by: $0[1]) },
        ParityCase("integer division") { try $0[0].dividing(by: $0[1]) },
        ParityCase("integer power") { try $0[0].pow($0[1]) },
        ParityCase("power") { try $0[0].pow($0[1]) },
        ParityCase("sqrt and log of negative") { try $0[0].sqrt() + $0[0].log() },
        ParityCase("gelu") { try $0[0].gelu() },
        ParityCase("softplus") { try $0[0].softplus() },
        ParityCase("log_sigmoid") { try $0[0].logSigmoid() },
        ParityCase("sigmoid") { try $0[0].sigmoid() },
        ParityCase("broadcast sub") { try $0[0] - $0[1] },
    ]

    static let losses: [ParityCase] = [
        ParityCase("cross_entropy") { try Functional.crossEntropy($0[0], $0[1]) },
        ParityCase("cross_entropy none") { try Functional.crossEntropy($0[0], $0[1], reduction: .none) },
        ParityCase("cross_entropy weighted") {
            try Functional.crossEntropy($0[0], $0[1], weight: Tensor([1, 2, 0.5, 3] as [Float]), labelSmoothing: 0.1)
        },
        ParityCase("cross_entropy of probabilities") { try Functional.crossEntropy($0[0], $0[1], labelSmoothing: 0.1) },
        ParityCase("cross_entropy -inf") { try Functional.crossEntropy($0[0], $0[1]) },
        ParityCase("bce") { try Functional.binaryCrossEntropyWithLogits($0[0], $0[1].detach(), posWeight: 5, reduction: .none) },
        ParityCase("huber") { try Functional.huber($0[0], $0[1], delta: 0.7) },
        ParityCase("smooth_l1") { try Functional.smoothL1($0[0], $0[1], beta: 0.5, reduction: .sum) },
        ParityCase("kl_div") { try Functional.klDivBatchMean($0[0], $0[1].detach()) },
    ]
}
