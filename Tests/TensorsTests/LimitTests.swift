import Tensors
import Testing

/// What no memory holds, and numbers that arithmetic on shapes does not survive unchecked.
@Suite("Limits of tensors")
struct LimitTests {
    private func message(_ body: () throws -> Any) -> String {
        do { return "no error: \(try body())" } catch { return "\(error)" }
    }

    /// 10^12 elements once they are copied, none of them in memory.
    private static func endless() throws -> Tensor { try Tensor.ones([1, 1]).expand([1_000_000, 1_000_000]) }

    @Test("a result that no memory holds is an error with its shape and both sizes")
    func results() throws {
        let column = try Tensor.ones([2_000_000, 1]), row = try Tensor.ones([1, 2_000_000]), e = try Self.endless()
        let attempts: [(String, () throws -> Any)] = [
            ("zeros", { try Tensor.zeros([1_000_000, 1_000_000]) }), ("ones", { try Tensor.ones([1 << 30, 1 << 20]) }),
            ("full", { try Tensor.full([1 << 20, 1 << 20], 2) }), ("eye", { try Tensor.eye(2_000_000) }),
            ("rand", { try Tensor.rand([1 << 20, 1 << 20]) }), ("randn", { try Tensor.randn([1 << 20, 1 << 20]) }),
            ("randint", { try Tensor.randint(high: 3, [1 << 20, 1 << 20]) }),
            ("add", { try column.adding(row) }), ("mul", { try column * row }), ("eq", { try column.eq(row) }),
            ("matmul", { try column.matmul(row) }), ("cdist", { try column.cdist(column) }), ("where", { try Tensor.where(column.eq(row), column, row) }),
            ("cos_sim", { try Similarity.cosine(column, column) }), ("one_hot", { try Tensor.arange(1_000_000).oneHot(classes: 1_000_000) }),
            ("tile", { try column.tile([1_000_000, 1]) }), ("clone", { try e.clone() }), ("sum", { try e.sum() }), ("exp", { try e.exp() }),
            ("reshape", { try e.reshape([-1]) }), ("long", { try e.toInt64() }), ("bool", { try e.toBool() }), ("nonzero", { try e.nonzero() }),
            ("cat", { try Tensor.cat([e, e]) }), ("stack", { try Tensor.stack([e, e]) }), ("softmax", { try e.softmax() }),
            ("sort", { try e.sort() }), ("topk", { try e.topK(3) }), ("max", { try e.max() }), ("cumsum", { try e.cumsum(dim: 0) }),
            ("index_select", { try row.expand([1_000_000, 2_000_000]).indexSelect(dim: 0, indices: Tensor.arange(1_000_000)) }),
            ("triu", { try e.triu() }), ("dropout", { try e.dropout(p: 0.5) }), ("flip", { try e.flip([0]) }), ("norm", { try e.norm() }),
        ]
        for (name, attempt) in attempts {
            let text = message(attempt)
            #expect(text.contains("cannot be made") && (text.contains("can be had") || text.contains("may have")), "\(name): \(text)")
        }
        #expect(try column.sum().item() == 2_000_000)
    }

    @Test("dimensions of 2^31 and more, and products that overflow, are refused")
    func dimensions() throws {
        let x = try Tensor.arange(24).reshape([2, 3, 4])
        let huge = 1 << 62
        for shape in [[1 << 31], [huge], [.max], [-1], [.min], [0, 1 << 31], [0, .max, .max], [1 << 30, 1 << 30, 1 << 30], [Int](repeating: 1, count: 1000)] {
            for attempt in [{ try Tensor.zeros(shape) }, { try Tensor.full(shape, 1) }, { try Tensor.rand(shape) }] as [() throws -> Any] {
                #expect(message(attempt).contains("cannot be made"), "\(shape)")
            }
            #expect(!message { try x.reshape(shape + [-1]) }.hasPrefix("no error"))
            #expect(!message { try x.expand(shape + [2, 3, 4]) }.hasPrefix("no error"))
            if shape.count < 64 { #expect(!message { try x.tile(shape) }.hasPrefix("no error")) }
        }
        #expect(message { try x.reshape([-1, huge, 4]) }.contains("reshape"))
        #expect(message { try x.tile([1_000_000_000, 1_000_000_000]) }.contains("tile"))
        #expect(try Tensor.zeros([0, Int(Int32.max)]).count == 0)
    }

    @Test("positions, lengths and steps of any size are errors or cut to what there is")
    func integers() throws {
        let x = try Tensor.arange(24).reshape([2, 3, 4])
        #expect(try x.slice(dim: 0, start: 0, end: 2, step: .max).shape == [1, 3, 4])
        #expect(try x.slice(dim: 0, start: .min, end: .max, step: 1).shape == [2, 3, 4])
        #expect(try x.slice(dim: 2, start: 1, end: 4, step: 1 << 62).integerArray() == [1, 5, 9, 13, 17, 21])
        #expect(try x.chunk(.max).count == 2 && x.split(.max).count == 1)
        #expect(try x.triu(.max).sum().item() == 0 && x.tril(.max).sum().item() == 276)
        #expect(try x.triu(.min).sum().item() == 276 && x.tril(.min).sum().item() == 0)
        #expect(try x.diagonal(offset: .max).count == 0 && x.diagonal(offset: .min).count == 0)
        #expect(try x.variance(correction: .min).item() > 0 && x.variance(correction: .max).item() == .infinity)
        for extreme in [Int.min, .max, -5, 3] {
            #expect(!message { try x.narrow(dim: 0, start: extreme, length: extreme) }.hasPrefix("no error"))
            #expect(!message { try x.narrow(dim: 0, start: 1, length: extreme) }.hasPrefix("no error"))
            #expect(!message { try x.select(dim: 0, index: extreme) }.hasPrefix("no error"))
            #expect(!message { try x.sum(dim: extreme) }.hasPrefix("no error"))
            #expect(!message { try x.unsqueeze(extreme == 3 ? 4 : extreme) }.hasPrefix("no error"))
            #expect(!message { try x.topK(extreme == 3 ? 5 : extreme) }.hasPrefix("no error"))
        }
        #expect(message { try Tensor.ones([1]).expand([Int(Int32.max)]).split(1) }.contains("pieces"))
        #expect(!message { try Tensor.arange(3).oneHot(classes: .min) }.hasPrefix("no error"))
        #expect(!message { try Tensor.arange(3).oneHot(classes: .max) }.hasPrefix("no error"))
    }

    @Test("ranges that are too long are refused, and whole ones are exact to the last bit")
    func ranges() throws {
        for bounds in [(0, 1e12), (0, 1e300), (-1e308, 1e308), (0, 0x1p63), (-0x1p63, 0x1p62)] as [(Double, Double)] {
            #expect(message { try Tensor.arange(bounds.0, bounds.1) }.contains("arange"))
        }
        #expect(try Tensor.arange(0, -1e308).count == 0)
        #expect(message { try Tensor.arange(.nan, 1) }.contains("finite"))
        #expect(message { try Tensor.arange(Int.min, Int.max) }.contains("cannot be made"))
        #expect(try Tensor.arange(Int.max - 2, Int.max).integerArray() == [.max - 2, .max - 1])
        #expect(try Tensor.arange(Int.min, Int.max, step: .max).integerArray() == [.min, -1, .max - 1])
        #expect(try Tensor.arange(Int.max, Int.min, step: .min).integerArray() == [.max, -1])
        #expect(try Tensor.arange(0x1p53, 0x1p53 + 2).integerArray() == [0x20_0000_0000_0000, 0x20_0000_0000_0001])
        #expect(message { try Tensor.linspace(0, 1, steps: 1_000_000_000_000) }.contains("cannot be made"))
        #expect(try Tensor.linspace(-1e308, 1e308, steps: 3).count == 3)
        for count in [1 << 31, 1_000_000_000_000, .max] { #expect(message { try Tensor.randperm(count) }.contains("cannot be made")) }
        let generator = Generator(seed: 1)
        generator.state = Generator.State(seed: .max, stream: .max)
        #expect(try Tensor.rand([3], generator: generator).count == 3 && generator.state.stream == 0)
    }

    @Test("an order of numbers is the same as the generator gives")
    func permutation() throws {
        #expect(try Tensor.randperm(50, generator: Generator(seed: 9)).integerArray().map { Int($0) } == Generator(seed: 9).permutation(50))
    }

    @Test("integers beside float32 keep their value or are refused")
    func wholeNumbers() throws {
        let x = try Tensor.ones([2])
        #expect(try x.scalarOperand(Int64(1 << 24)).item() == 16_777_216)
        #expect(message { try x.scalarOperand(Int64(1 << 24 + 1)) }.contains("16777217"))
        #expect(message { try x.scalarOperand(Int64.max) }.contains("float32 cannot hold"))
        #expect(try Tensor.arange(2).scalarOperand(Int64.max).integerArray() == [.max])
    }

    @Test("chains of operations of any length are let go, used or not")
    func longChains() throws {
        let leaf = Tensor.scalar(1)
        leaf.requiresGrad = true
        var result = leaf
        for _ in 0..<300_000 { result = try result.multiplying(result.detach().reciprocal()) }
        result = leaf
        for _ in 0..<100_000 { result = try result.adding(1) }
        try result.backward()
        #expect(leaf.grad?.floats[0] == 1)
    }
}
