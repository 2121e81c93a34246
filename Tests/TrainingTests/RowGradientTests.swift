import Encoders
import Kernels
import Tensors
import Testing
import Training

/// Tables of which each step has gradients for few rows: the same as updating all of them in every step.
struct RowGradientTests {
    private func table(_ rows: Int, _ width: Int) throws -> Tensor {
        let tensor = try Tensor.randn([rows, width], generator: Generator(seed: 3))
        tensor.requiresGrad = true
        return tensor
    }

    /// Runs steps with clipping, weight decay and a learning rate that warms up and falls, on both kinds of gradient, and gives
    /// the greatest difference between the tables and between their second moments.
    private func difference(steps: Int, beta1: Double = 0.9, beta2: Double = 0.999, weightDecay: Double,
        checkingAt checks: Set<Int> = []) throws -> Float {
        let rows = 40, width = 21
        let whole = try table(rows, width), part = try table(rows, width)
        func optimizer(_ tensor: Tensor) -> AdamW {
            AdamW(groups: [ParameterGroup(parameters: [NamedParameter(name: "table", tensor: tensor)], learningRate: 1, weightDecay: weightDecay)],
                  beta1: beta1, beta2: beta2)
        }
        let dense = optimizer(whole), sparse = optimizer(part)
        let generator = Generator(seed: 5)
        func gap() -> Float { zip(whole.floatArray(), part.floatArray()).reduce(0) { max($0, abs($1.0 - $1.1)) } }
        var worst: Float = 0
        for step in 0..<steps {
            // Low rows are frequent, high ones rare, the last never.
            let chosen = Array(Set((0..<4).map { _ in Int32(min(generator.integer(below: rows - 1), generator.integer(below: rows - 1),
                generator.integer(below: rows - 1))) })).sorted()
            let values = try Tensor.randn([chosen.count, width], generator: generator)
            part.pendingRows?.settle(chosen)
            for row in chosen {
                for column in 0..<width { worst = max(worst, abs(part.floats[Int(row) * width + column] - whole.floats[Int(row) * width + column])) }
            }
            part.addRowGradient(rows: chosen, values: values)
            let gradient = Tensor(zeros: [rows, width])
            scatterAddRows(values.floats, indices: chosen, count: chosen.count, width: width, into: gradient.floats)
            whole.grad = gradient
            let rate = 0.05 * min(1, Double(step + 1) / 30) * (1 - Double(step) / Double(steps))
            for optimizer in [dense, sparse] {
                optimizer.groups[0].learningRate = rate
                let norm = try GradientNorm.of(optimizer.parameters)
                try optimizer.step(gradientScale: GradientNorm.clippingFactor(norm: norm, limit: 1))
                optimizer.zeroGrad()
            }
            if checks.contains(step) {
                part.pendingRows?.settleAll()
                worst = max(worst, gap())
            }
        }
        let moments = (dense.memory["table"]!.tensors["exp_avg_sq"]!.floatArray(), sparse.memory["table"]!.tensors["exp_avg_sq"]!.floatArray())
        let momentGap = zip(moments.0, moments.1).reduce(Float(0)) { max($0, abs($1.0 - $1.1)) }
        return max(worst, gap(), momentGap)
    }

    @Test func aLongRunKeepsNoMoreCoefficientsThanAFixedNumber() throws {
        let part = try table(4, 3)
        let optimizer = AdamW(groups: [ParameterGroup(parameters: [NamedParameter(name: "table", tensor: part)], learningRate: 1e-3, weightDecay: 0)])
        var most = 0
        for _ in 0 ..< 3 * PendingAdamW.mostSteps {
            part.addRowGradient(rows: [1], values: try Tensor.randn([1, 3], generator: Generator(seed: 3)))
            try optimizer.step()
            optimizer.zeroGrad()
            most = max(most, (part.pendingRows as? PendingAdamW)?.keptStepCount ?? 0)
        }
        #expect(most > 0 && most <= PendingAdamW.mostSteps)
    }

    @Test(arguments: [0.0, 0.05]) func stepsOnRowsEqualStepsOnTheWholeTable(weightDecay: Double) throws {
        #expect(try difference(steps: 60, weightDecay: weightDecay) < 2e-6)
        // Rows that are idle for longer than their moments matter.
        #expect(try difference(steps: 900, weightDecay: weightDecay) < 1e-5)
        #expect(try difference(steps: 300, beta1: 0, weightDecay: weightDecay) < 1e-5)
        #expect(try difference(steps: 300, beta1: 0.95, beta2: 0.9, weightDecay: weightDecay) < 1e-5)
        #expect(try difference(steps: 400, weightDecay: weightDecay, checkingAt: [3, 90, 300]) < 1e-5)
    }

    @Test func rowsThatAreNotReadAreLeftAloneUntilTheyAre() throws {
        let tensor = try table(1000, 4)
        let before = tensor.floatArray()
        let optimizer = AdamW(groups: [ParameterGroup(parameters: [NamedParameter(name: "t", tensor: tensor)], learningRate: 0.1, weightDecay: 0.5)])
        for _ in 0..<3 {
            tensor.addRowGradient(rows: [7], values: Tensor(repeating: 1, shape: [1, 4]))
            try optimizer.step(gradientScale: 1)
            optimizer.zeroGrad()
        }
        #expect(tensor.floats[7 * 4] != before[7 * 4] && tensor.floats[8 * 4] == before[8 * 4])
        tensor.pendingRows?.settle([8])
        #expect(abs(tensor.floats[8 * 4] - before[8 * 4] * 0.857375) < 1e-6 && tensor.floats[9 * 4] == before[9 * 4])
        _ = optimizer.memory
        #expect(abs(tensor.floats[9 * 4] - before[9 * 4] * 0.857375) < 1e-6)
    }

    @Test func rowGradientsAddUpAndSpreadWhenReadWhole() throws {
        let tensor = try table(5, 2)
        tensor.addRowGradient(rows: [1, 4], values: Tensor([1, 2, 3, 4] as [Float], shape: [2, 2]))
        tensor.addRowGradient(rows: [0, 4], values: Tensor([5, 6, 7, 8] as [Float], shape: [2, 2]))
        #expect(tensor.rowGradient?.rows == [0, 1, 4] && tensor.rowGradient?.values.floatArray() == [5, 6, 1, 2, 10, 12])
        let parameters = [NamedParameter(name: "t", tensor: tensor)]
        #expect(abs(try GradientNorm.of(parameters) - 310.0.squareRoot()) < 1e-5)
        try GradientNorm.clip(parameters, to: 1)
        #expect(abs(try GradientNorm.of(parameters) - 1) < 1e-5 && tensor.rowGradient != nil)
        #expect(tensor.grad?.shape == [5, 2] && tensor.rowGradient == nil)
        tensor.addRowGradient(rows: [2], values: Tensor([1, 1] as [Float], shape: [1, 2]))
        #expect(tensor.grad!.floatArray()[4] == 1)
        tensor.grad = nil
        #expect(!tensor.hasGradient)
    }

    /// A static embedding trained by its own module, against the same arithmetic on a whole table.
    @Test func aStaticEmbeddingTrainsAsIfItsTableWereUpdatedWhole() throws {
        let folder = String(#filePath.dropLast("TrainingTests/RowGradientTests.swift".count)) + "EncodersTests/Fixtures/modules/static"
        let models = try (0..<2).map { _ in try SentenceTransformer(path: folder) }
        let optimizers = models.map {
            AdamW(groups: [ParameterGroup(parameters: $0.parameters, learningRate: 0.1, weightDecay: 0.01)])
        }
        let texts = [["the cat runs", "a dog"], ["people live.", ""], ["the red house", "zzz"], ["how of the city"]]
        for step in 0..<40 {
            for (index, model) in models.enumerated() {
                let embeddings = try model.embeddings(texts[step % 7 % texts.count])
                try embeddings.multiplying(embeddings).multiplying(embeddings).sum().backward()
                let table = try #require(model.modules[0] as? StaticEmbedding).table
                #expect(table.rowGradient != nil)
                if index == 1 { _ = table.grad }
                try optimizers[index].step(gradientScale: 1)
                optimizers[index].zeroGrad()
            }
        }
        let ends = models.map { $0.parameters[0].tensor.floatArray() }
        #expect(zip(ends[0], ends[1]).allSatisfy { abs($0 - $1) < 2e-6 })
    }
}
