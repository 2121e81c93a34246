import Tensors
import Testing

@Suite("Tensor operations")
struct ValueTests {
    /// The message of the error that `body` must throw.
    private func message(_ body: () throws -> Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch { return "\(error)" }
    }

    @Test("name the shapes and the remedy when operands do not fit")
    func messages() throws {
        let a = Tensor(zeros: [2, 3]), b = Tensor(zeros: [4, 3])
        #expect(message { try a + b } == """
            add: shapes [2, 3] and [4, 3] do not broadcast: aligned at their last dimensions, each pair must be equal or hold a \
            1; reshape or unsqueeze one of them
            """)
        #expect(message { try a.matmul(b) } == """
            matmul: shapes [2, 3] and [4, 3]: the last dimension of the first (3) must equal the last but one of the second \
            (4); transpose one of them
            """)
        #expect(message { try a.reshape([4, -1]) } == """
            reshape: 6 elements of shape [2, 3] do not divide into [4, -1]; at most one dimension may be -1
            """)
        #expect(message { try a.sum(dim: 2) } == "sum: dimension 2 of a tensor with 2 dimensions; use -2 to 1")
        #expect(message { try a.item() }.contains("shape [2, 3] has 6 elements"))
        #expect(message { try a.indexSelect(dim: 0, indices: [2]) } == "index_select: index 2 is not in dimension 0 of shape [2, 3]; use 0 to 1")
        #expect(message { try a.matmul(b.toInt64().t()) }.contains("needs a float32 tensor, this one is int64"))
        #expect(message { try Tensor.cat([a, a.toInt64()]) }.contains("tensor 2 of 2 is int64, the first float32"))
        #expect(message { try Tensor.stack([a, b]) }.contains("tensor 2 of 2 has shape [4, 3], the first [2, 3]"))
        #expect(message { try Functional.crossEntropy(a, Tensor([0, 3] as [Int64])) } == """
            cross_entropy: target 3 is no class; 3 classes are numbered 0 to 2
            """)
        #expect(message { try Tensor([1, 2] as [Int64]).modulo(0) }.contains("holds a 0"))
        #expect(message { try Tensor.zeros([1 << 30, 1 << 30]) }.contains("cannot be made"))
        #expect(message { try Tensor.from([1, 2, 3] as [Float], shape: [2, 2]) }.contains("3 values do not fill the shape [2, 2]"))
        #expect(message { try Tensor(zeros: [0, 2]).max(dim: 0) }.contains("is empty"))
        #expect(message { try a.topK(4) }.contains("between 0 and 3"))
    }

    @Test("promote bool to int64 to float32")
    func promotion() throws {
        let flags = Tensor([true, false]), whole = Tensor([3, 4] as [Int64]), real = Tensor([0.5, 2] as [Float])
        #expect(try (flags + whole).dtype == .int64)
        #expect(try (flags + whole).integerArray() == [4, 4])
        #expect(try (whole * real).floatArray() == [1.5, 8])
        #expect(try (whole / whole).dtype == .float32)
        #expect(try (whole + 1).dtype == .int64)
        #expect(try (whole + 0.5).floatArray() == [3.5, 4.5])
        #expect(try (flags + flags).integerArray() == [2, 0])
        #expect(try whole.exp().dtype == .float32)
        #expect(try whole.gt(real).boolArray() == [true, true])
        #expect(try flags.logicalNot().boolArray() == [false, true])
        #expect(try flags.any().item() == 1 && flags.all().item() == 0)
    }

    @Test("change memory in place only where the tape allows it")
    func inPlace() throws {
        let x = Tensor([1, 2, 3] as [Float])
        try x.select(dim: 0, index: 1).fillInPlace(9)
        #expect(x.floatArray() == [1, 9, 3])
        try x.slice(dim: 0, start: 1).copyInPlace(Tensor([5] as [Float]))
        #expect(x.floatArray() == [1, 5, 5])
        x.requiresGrad = true
        #expect(message { try x.fillInPlace(0) }.contains("do it inside no_grad"))
        #expect(message { try x.exp().fillInPlace(0) }.contains("result on the tape ('exp')"))
        #expect(message { try x.select(dim: 0, index: 0).fillInPlace(0) }.contains("on the tape"))
        try GradientTape.noGrad { try x.fillInPlace(2) }
        #expect(x.floatArray() == [2, 2, 2])
        #expect(message { try Tensor(zeros: [1]).expand([3]).fillInPlace(1) }.contains("repeats one element"))
    }

    @Test("refuse to go back through a value that was changed after its use")
    func changedAfterUse() throws {
        let x = Tensor([1, 2] as [Float]), factor = Tensor([3, 4] as [Float])
        x.requiresGrad = true
        let product = try (x * factor).sum()
        try factor.fillInPlace(0)
        #expect(message { try product.backward() }.contains("'mul' used a tensor of shape [2] that was changed in place afterwards"))
        let exponential = try x.exp()
        try exponential.detach().fillInPlace(0)
        #expect(message { try exponential.sum().backward() }.contains("changed in place"))
    }

    @Test("give the same bits for the same seed")
    func determinism() throws {
        func run() throws -> [UInt32] {
            let generator = Generator(seed: 42)
            let x = try Tensor.randn([64, 129], generator: generator), w = try Tensor.randn([129, 65], generator: generator)
            x.requiresGrad = true
            w.requiresGrad = true
            let y = try x.matmul(w).tanh().dropout(p: 0.1, generator: generator).logSoftmax().mean()
            try y.backward()
            return (y.floatArray() + x.grad!.floatArray() + w.grad!.floatArray()).map(\.bitPattern)
        }
        #expect(try run() == run())
    }

    @Test("of random numbers keep to their ranges")
    func randomRanges() throws {
        let generator = Generator(seed: 1)
        #expect(try Tensor.rand([1000], generator: generator).floatArray().allSatisfy { $0 >= 0 && $0 < 1 })
        let dice = try Tensor.randint(low: 1, high: 7, [6000], generator: generator).integerArray()
        for side in 1...6 { #expect(abs(dice.filter { $0 == side }.count - 1000) < 150) }
        #expect(try Tensor.randperm(50, generator: generator).integerArray().sorted() == Array(0..<50))
        let state = generator.state
        let first = try Tensor.randn([5], generator: generator).floatArray()
        generator.state = state
        #expect(try Tensor.randn([5], generator: generator).floatArray() == first)
    }

    @Test("make and view tensors")
    func makingAndViewing() throws {
        #expect(try Tensor.arange(5).integerArray() == [0, 1, 2, 3, 4])
        #expect(try Tensor.arange(1, 2, step: 0.25).floatArray() == [1, 1.25, 1.5, 1.75])
        #expect(try Tensor.arange(5, 0, step: -2).integerArray() == [5, 3, 1])
        #expect(try Tensor.linspace(0, 1, steps: 5).floatArray() == [0, 0.25, 0.5, 0.75, 1])
        #expect(try Tensor.eye(2, 3).floatArray() == [1, 0, 0, 0, 1, 0])
        let x = try Tensor.arange(12).reshape([3, 4])
        #expect(try x.t().flatten().integerArray() == [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11])
        #expect(try x.flip([1]).select(dim: 0, index: 0).integerArray() == [3, 2, 1, 0])
        #expect(try x.slice(dim: 1, start: -3, end: 99, step: 2).integerArray() == [1, 3, 5, 7, 9, 11])
        #expect(try x.diagonal(offset: -1).integerArray() == [4, 9])
        #expect(try x.triu(2).integerArray() == [0, 0, 2, 3, 0, 0, 0, 7, 0, 0, 0, 0])
        #expect(try x.split(2, dim: 1).map(\.shape) == [[3, 2], [3, 2]])
        #expect(try x.chunk(3, dim: 1).map(\.shape) == [[3, 2], [3, 2]])
        #expect(try x.tile([2, 1]).shape == [6, 4])
        #expect(try Tensor([0, 2] as [Int64]).oneHot(classes: 3).integerArray() == [1, 0, 0, 0, 0, 1])
        #expect(try x.gt(9).nonzero().integerArray() == [2, 2, 2, 3])
        #expect(try x.moveDim(1, 0).shape == [4, 3])
        #expect(try Tensor.scalar(.nan).toInt64().integerArray() == [0])
    }

    @Test("of products with an empty dimension give zeros or nothing")
    func emptyProducts() throws {
        #expect(try Tensor(zeros: [2, 0]).matmul(Tensor(zeros: [0, 3])).floatArray() == [0, 0, 0, 0, 0, 0])
        #expect(try Tensor(zeros: [0, 2]).matmul(Tensor(zeros: [2, 3])).shape == [0, 3])
        #expect(try Tensor(zeros: [4, 0, 2]).matmul(Tensor(zeros: [4, 2, 3])).shape == [4, 0, 3])
    }

    @Test("release the graph and its memory after backward")
    func memory() throws {
        weak var released: Tensor?
        try autoreleased {
            let x = Tensor(zeros: [10])
            x.requiresGrad = true
            let hidden = try x.exp().softmax().tanh()
            released = hidden
            try hidden.sum().backward()
        }
        #expect(released == nil)
    }

    private func autoreleased(_ body: () throws -> Void) rethrows { try body() }
}
