import ComputeRuntime
import LuaHost
import Tensors

/// The class `Tensor` and the functions that make tensors.
enum TensorBindings {
    static func register(in sentx: LuaModule) throws {
        let summary = """
            An n-dimensional array of float32, int64 or bool numbers with gradients. Dimensions and indices count from 1, \
            negative ones from the end. An integer that float32 would round is refused beside it; written with .0 it is rounded.
            """
        let example = """
            local w = sentx.zeros(3, { requires_grad = true })
            local loss = (x:matmul(w) - y):pow(2):mean()
            loss:backward()
            print(w.grad)
            """
        try sentx.class(LuaClass<Tensor>("Tensor", doc: Doc(summary, example: example)) { c in
            registerBasics(c)
            registerOperators(c)
            registerFunctions(c)
            registerReductions(c)
            registerViews(c)
            registerIndexing(c)
            registerInPlace(c)
        })
        try registerGenerator(in: sentx)
        try registerConstructors(in: sentx)
        try registerFunctional(in: sentx)
        try registerSimilarity(in: sentx)
    }

    static let dimension = Doc.Parameter("dim", "integer", "a dimension, from 1 or from the end by -1")
    static let optionalDimension = Doc.Parameter("dim", "integer", optional: true, "the dimension; all elements if left out")
    static let lastDimension = Doc.Parameter("dim", "integer", default: "-1", "the dimension")
    static let keepDimension = Doc.Parameter("keepdim", "boolean", default: "false", "whether the dimension stays, with length 1")
    static let operand = Doc.Parameter("other", "Tensor or number", "the second operand, broadcast")

    private static func registerBasics(_ c: LuaClass<Tensor>) {
        c.property("dtype", doc: "The element type: \"float32\", \"int64\" or \"bool\".") { t, _ in .string(t.dtype.rawValue) }
        c.property("requires_grad", doc: "Whether backward() computes a gradient for it; set it on tensors that you made.") { t, _ in
            .boolean(t.requiresGrad)
        } set: { tensor, slot in
            let value = try slot.bool()
            if tensor.node != nil {
                if value { return }
                throw TensorError("requires_grad: a computed tensor ('\(tensor.node!.name)') cannot stop requiring it; use detach()")
            }
            if value { try tensor.askForGradient() } else { tensor.requiresGrad = false }
        }
        c.property("grad", doc: """
            The gradient summed up by backward(), nil before. Assign nil to clear it.
            """) { t, _ in .optional(t.grad) } set: { tensor, slot in
            let gradient = slot.isNil ? nil : try slot.object(Tensor.self)
            if let gradient, gradient.shape != tensor.shape || gradient.dtype != .float32 {
                throw TensorError("""
                    grad: a \(gradient.dtype) tensor of shape \(gradient.shape) for one of shape \(tensor.shape); shapes must \
                    be equal and the type float32
                    """)
            }
            tensor.grad = gradient
        }
        c.property("is_leaf", doc: "Whether it was made and not computed from tensors that require gradients.") { t, _ in .boolean(t.node == nil) }
        c.method("shape", doc: Doc("The lengths of its dimensions.", returns: "table of integers")) { t, call in
            try call.list(t.shape.map { .integer($0) })
        }
        c.method("size", doc: Doc("The length of a dimension, or all lengths.",
            parameters: [.init("dim", "integer", optional: true, "the dimension")],
                                  returns: "integer, or a table of integers")) { t, call in
            guard call.has(1) else { return try call.list(t.shape.map { .integer($0) }) }
            guard t.rank > 0 else { throw call.error("a tensor without dimensions has no size") }
            let dimension = try call.slot(1).dimension(of: t.rank)
            return .integer(t.shape[dimension < 0 ? t.rank + dimension : dimension])
        }
        c.method("dim", doc: Doc("The number of dimensions.", returns: "integer")) { t, _ in .integer(t.rank) }
        c.method("numel", doc: Doc("The number of elements.", returns: "integer")) { t, _ in .integer(t.count) }
        c.method("item", doc: Doc("The one element of a tensor as a Lua value.", returns: "number, integer or boolean")) { t, _ in
            let value = try t.item()
            return t.dtype == .bool ? .boolean(value != 0) : t.dtype == .int64 ? .integer(Int(t.integers[0])) : .number(value)
        }
        c.method("totable", doc: Doc("The elements as nested tables; a plain value if there are no dimensions.", returns: "table")) { t, call in
            try requireRoom(t)
            return try luaValue(of: t.detach(), call.state)
        }
        c.method("backward", doc: Doc("Adds the gradient of this tensor with respect to every tensor that requires one to its grad.", parameters: [
            .init("gradient", "Tensor", optional: true, "the gradient of what follows; 1 for a tensor of one element"),
        ])) { t, call in
            try t.backward(call.optionalObject(1, Tensor.self))
            return .nil
        }
        c.method("detach", doc: Doc("The same values without history.", returns: "Tensor")) { t, _ in .object(t.detach()) }
        c.method("clone", doc: Doc("A copy with its own memory; gradients flow through.", returns: "Tensor")) { t, _ in .object(try t.clone()) }
        c.method("contiguous", doc: Doc("The tensor, or a copy of a view whose elements are not in order.", returns: "Tensor")) { t, _ in
            .object(t.isContiguous ? t : try t.clone())
        }
        c.method("to", doc: Doc("Converted to another element type.",
            parameters: [.init("dtype", "string", "\"float32\", \"int64\" or \"bool\"")], returns: "Tensor")) { t, call in
            .object(try t.to(call.slot(1).dtype()))
        }
        c.method("float", doc: Doc("Converted to float32.", returns: "Tensor")) { t, _ in .object(try t.toFloat32()) }
        c.method("long", doc: Doc("Converted to int64, cut towards zero.", returns: "Tensor")) { t, _ in .object(try t.toInt64()) }
        c.method("bool", doc: Doc("Whether elements differ from 0.", returns: "Tensor")) { t, _ in .object(try t.toBool()) }
        c.meta(.tostring) { t, _ in .string(TensorText().text(of: t)) }
        c.oneLine { TensorText.oneLine($0) }
    }

    /// Throws if there is no memory for a tensor's elements as Lua's values, and the lists that hold them.
    private static func requireRoom(_ tensor: Tensor) throws {
        // Lists of lists without elements take room as well, each more than an element.
        var lists = 1, values = tensor.count
        for length in tensor.shape.dropLast() where lists < Int(Int32.max) { (lists, values) = (lists * max(1, length), max(values, 4 * lists)) }
        do {
            try MemoryLimit.check(count: max(values, 4 * lists), stride: 32)
        } catch {
            throw TensorError("totable: a tensor of shape \(tensor.shape) as tables: \(error)")
        }
    }

    /// A tensor's elements as Lua holds them.
    private static func luaValue(of tensor: Tensor, _ state: LuaState) throws -> LuaValue {
        if tensor.rank == 0 {
            return tensor.dtype == .bool ? .boolean(tensor.booleans[0]) : tensor.dtype == .int64 ? .integer(Int(tensor.integers[0]))
                : .number(Double(tensor.floats[0]))
        }
        switch tensor.dtype {
        case .float32: return .table(try state.nestedList(tensor.floatArray().map { Double($0) }, shape: tensor.shape))
        case .int64: return .table(try state.nestedList(tensor.integerArray(), shape: tensor.shape))
        case .bool: return .table(try state.list(try (0..<tensor.shape[0]).map { try luaValue(of: tensor.select(dim: 0, index: $0), state) }))
        }
    }
}
