import Tensors
import Testing

/// An operation whose gradient is compared with central finite differences.
struct GradientCase: CustomTestStringConvertible, Sendable {
    let name: String
    /// Shapes of its float32 inputs.
    let shapes: [[Int]]
    let operation: @Sendable ([Tensor]) throws -> Tensor
    /// Inputs are drawn from this range; it keeps clear of places without derivative.
    var range: ClosedRange<Float> = -2...2
    /// Whether the inputs are also given as transposed views.
    var testDescription: String { "\(name) of \(shapes)" }

    init(_ name: String, _ shapes: [[Int]], range: ClosedRange<Float> = -2...2, _ operation: @escaping @Sendable ([Tensor]) throws -> Tensor) {
        self.name = name
        self.shapes = shapes
        self.operation = operation
        self.range = range
    }
}

/// How inputs lie in memory.
enum InputLayout: String, CaseIterable, CustomTestStringConvertible, Sendable {
    case contiguous, transposed, sliced

    var testDescription: String { rawValue }

    /// A tensor of `values` in this layout.
    func tensor(_ values: [Float], _ shape: [Int]) throws -> Tensor {
        let plain = Tensor(values, shape: shape)
        switch self {
        case .contiguous: return plain
        case .transposed: return shape.count < 2 ? plain : try plain.transpose(0, -1).contiguousCopy().transpose(0, -1)
        case .sliced: return shape.isEmpty ? plain : try Tensor.stack([plain, plain], dim: shape.count).reshape(
            Array(shape.dropLast()) + [shape.last! * 2]).slice(dim: -1).unsqueeze(-1).reshape(shape + [2]).select(dim: -1, index: 1)
        }
    }
}

@Suite("Gradients")
struct GradientTests {
    @Test("agree with central finite differences", arguments: GradientTable.all, InputLayout.allCases)
    func agreesWithDifferences(_ test: GradientCase, _ layout: InputLayout) throws {
        let generator = Generator(seed: 17)
        var values = try test.shapes.map { shape in
            try Tensor.rand(shape, generator: generator).floatArray().map {
                test.range.lowerBound + $0 * (test.range.upperBound - test.range.lowerBound)
            }
        }
        // Each output element counts with its own weight, so that errors cannot cancel.
        var weights: Tensor?
        func objective(_ inputs: [Tensor]) throws -> Tensor {
            let output = try test.operation(inputs)
            if weights == nil { weights = try Tensor.rand(output.shape, generator: Generator(seed: 5)).adding(0.5) }
            return try output.multiplying(weights!).sum()
        }
        let inputs = try zip(values, test.shapes).map { try layout.tensor($0, $1) }
        for input in inputs { input.requiresGrad = true }
        let result = try objective(inputs)
        try result.backward()
        // The sum over elements is taken in double, so that differences keep their digits.
        func value() throws -> Double {
            let output = try test.operation(zip(values, test.shapes).map { try layout.tensor($0, $1) })
            return zip(output.floatArray(), weights!.floatArray()).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
        for (position, input) in inputs.enumerated() {
            let gradient = try #require(input.grad, "input \(position) got no gradient")
            #expect(gradient.shape == input.shape)
            let analytic = gradient.floatArray()
            for index in values[position].indices {
                let old = values[position][index]
                let step: Float = 0x1p-7
                values[position][index] = old + step
                let above = try value()
                values[position][index] = old - step
                let below = try value()
                values[position][index] = old
                let numeric = (above - below) / Double(2 * step)
                let difference = abs(numeric - Double(analytic[index]))
                #expect(difference <= 2e-3 + 4e-3 * abs(numeric), "input \(position), element \(index): \(analytic[index]) instead of \(numeric)")
            }
        }
    }

    @Test("of empty tensors are empty", arguments: [[0], [3, 0], [0, 2, 4]])
    func emptyTensors(shape: [Int]) throws {
        let tensor = Tensor(zeros: shape)
        tensor.requiresGrad = true
        let last = shape.count - 1
        try tensor.exp().multiplying(tensor).adding(1).transpose(0, last).sum().backward()
        #expect(tensor.grad?.shape == shape)
        #expect(try tensor.sum().item() == 0)
        #expect(try tensor.mean().item().isNaN)
        #expect(try tensor.logSoftmax(dim: 0).shape == shape)
        #expect(try tensor.sort(dim: 0).values.shape == shape)
    }

    @Test("of a value used twice are summed")
    func sharedValue() throws {
        let x = Tensor([3 as Float])
        x.requiresGrad = true
        let y = try x.multiplying(x)
        try y.adding(y).sum().backward()
        #expect(x.grad?.floatArray() == [12])
    }

    @Test("are accumulated over passes until cleared")
    func accumulation() throws {
        let x = Tensor([1 as Float, 2])
        x.requiresGrad = true
        try x.square().sum().backward()
        try x.square().sum().backward()
        #expect(x.grad?.floatArray() == [4, 8])
    }

    @Test("are not recorded inside noGrad or past detach")
    func unrecorded() throws {
        let x = Tensor([1 as Float, 2])
        x.requiresGrad = true
        #expect(try GradientTape.noGrad { try x.exp() }.requiresGrad == false)
        #expect(try x.detach().exp().requiresGrad == false)
        let whole = try x.toInt64().adding(1)
        #expect(whole.requiresGrad == false && whole.dtype == .int64)
    }

    @Test("reach equal elements of max, clamp bounds and zero norms as torch's do")
    func ties() throws {
        func gradient(_ values: [Float], shape: [Int]? = nil, _ operation: (Tensor) throws -> Tensor) throws -> [Float] {
            let x = Tensor(values, shape: shape)
            x.requiresGrad = true
            try operation(x).sum().backward()
            return x.grad!.floatArray()
        }
        #expect(try gradient([2, 5, 5, 1]) { try $0.max() } == [0, 0.5, 0.5, 0])
        #expect(try gradient([2, 5, 5, 1]) { try $0.max(dim: 0) } == [0, 1, 0, 0])
        #expect(try gradient([1, 0, 1, 4]) { try $0.maximum(1) } == [0.5, 0, 0.5, 1])
        #expect(try gradient([-1, 0, 1, 2]) { try $0.clamp(min: -1, max: 1) } == [0, 1, 0, 0])
        #expect(try gradient([0, 0, 0]) { try $0.norm() } == [0, 0, 0])
        #expect(try gradient([0, 0, 0]) { try $0.std() } == [0, 0, 0])
        #expect(try gradient([0, 3]) { try $0.relu() } == [0, 1])
        #expect(try gradient([0, 2, 3]) { try $0.prod() } == [6, 0, 0])
        #expect(try gradient([0, 2, 0]) { try $0.prod() } == [0, 0, 0])
        #expect(try gradient([0, -2, 2]) { try $0.abs() } == [0, -1, 1])
    }
}

/// Releasing a tape takes no more stack than its length would.
@Suite struct LongTapeTests {
    @Test func aTapeOfManyOperationsIsReleased() throws {
        let leaf = Tensor([Float(1)])
        leaf.requiresGrad = true
        var x = leaf
        for _ in 0..<300_000 { x = try x.adding(1) }
        let kept = x
        for _ in 0..<10 { x = try x.adding(kept) }
        x = leaf
        #expect(try kept.item() == 300_001)
    }

    @Test func whatIsStillHeldStaysOnTheTape() throws {
        let leaf = Tensor([Float(2)])
        leaf.requiresGrad = true
        var middle: Tensor!
        do {
            var x = leaf
            for step in 0..<1000 {
                x = try x.adding(1)
                if step == 500 { middle = x }
            }
        }
        try middle.backward()
        #expect(leaf.grad?.floatArray() == [1])
    }
}
