import LuaHost
import Tensors

extension TensorBindings {
    private static let dtypeOption = Doc.Parameter("dtype", "string", optional: true, "\"float32\", \"int64\" or \"bool\"")
    private static let gradientOption = Doc.Parameter("requires_grad", "boolean", default: "false", "whether backward() reaches it")
    private static let generatorOption = Doc.Parameter("generator", "Generator", optional: true, "the source of chance; the shared one if left out")
    private static let sizes = Doc.Parameter("shape", "integers or a table", "the lengths of its dimensions")

    static func registerConstructors(in sentx: LuaModule) throws {
        try sentx.function("tensor", doc: Doc("A tensor of nested tables of numbers or booleans. Integers give int64, other numbers float32.",
            parameters: [
            .init("data", "table, number or boolean", "the elements"),
        ], options: [dtypeOption, gradientOption], returns: "Tensor", example: "local t = sentx.tensor({ {1.5, 2}, {3, 4} })")) { call in
            let options = try call.options(2)
            // Where gradients are asked for, whole numbers are meant as real ones.
            let dtype = try options.dtype() ?? (options.bool("requires_grad", default: false) ? .float32 : nil)
            return try call.finish(tensor(of: call.slot(1), dtype), options)
        }
        try shaped(sentx, "zeros", "A tensor of zeros.") { try Tensor.zeros($0, dtype: $1) }
        try shaped(sentx, "ones", "A tensor of ones.") { try Tensor.ones($0, dtype: $1) }
        try random(sentx, "rand", "Uniform numbers in [0, 1).") { try Tensor.rand($0, generator: $1) }
        try random(sentx, "randn", "Normally distributed numbers of mean 0 and standard deviation 1.") { try Tensor.randn($0, generator: $1) }
        try sentx.function("full", doc: Doc("A tensor of one value.", parameters: [
            .init("shape", "table of integers", "the lengths of its dimensions"), .init("value", "number", "the value"),
        ], options: [dtypeOption, gradientOption], returns: "Tensor")) { call in
            let isWhole = if case .integer = call.value(2) { true } else { false }
            let options = try call.options(3), value = call.slot(2)
            let dtype = try options.dtype() ?? (isWhole ? .int64 : .float32)
            return try call.finish(Tensor.full(call.integers(1), element(value, dtype)), options)
        }
        try sentx.function("eye", doc: Doc("Ones on the diagonal of a matrix of zeros.", parameters: [
            .init("rows", "integer", "its rows"), .init("columns", "integer", optional: true, "its columns; as many as rows if left out"),
        ], returns: "Tensor")) { .object(try Tensor.eye($0.integer(1), $0.optionalInteger(2))) }
        try sentx.function("arange", doc: Doc("Numbers from start up to stop, which is left out; with one argument from 0.", parameters: [
            .init("start", "number", default: "0", "the first"), .init("stop", "number", "the bound"),
            .init("step", "number", default: "1", "the distance"),
        ], options: [dtypeOption, gradientOption], returns: "Tensor")) { call in
            var bounds: [LuaValue] = []
            while bounds.count < 3, isNumber(call.value(bounds.count + 1)) { bounds.append(call.value(bounds.count + 1)) }
            if bounds.isEmpty { _ = try call.number(1, "stop") }
            let options = try call.options(bounds.count + 1)
            if bounds.count == 1 { bounds.insert(.integer(0), at: 0) }
            if bounds.count == 2 { bounds.append(.integer(1)) }
            return try call.finish(range(bounds, options.dtype()), options)
        }
        try sentx.function("linspace", doc: Doc("Numbers at equal distances, both ends included.", parameters: [
            .init("start", "number", "the first"), .init("stop", "number", "the last"), .init("steps", "integer", "how many"),
        ], options: [gradientOption], returns: "Tensor")) { call in
            try call.finish(Tensor.linspace(call.number(1), call.number(2), steps: call.integer(3)), call.options(4))
        }
        try sentx.function("randint", doc: Doc("Whole numbers from low up to high, which is left out.", parameters: [
            .init("low", "integer", "the least"), .init("high", "integer", "the bound"), .init("shape", "table of integers", "the lengths"),
        ], options: [generatorOption], returns: "Tensor")) { call in
            let options = try call.options(4)
            let generator = try options.optionalObject("generator", Generator.self) ?? .shared
            return try call.finish(Tensor.randint(low: call.integer(1), high: call.integer(2), call.integers(3), generator: generator), options)
        }
        try sentx.function("randperm", doc: Doc("The indices 1 to n in random order.", parameters: [.init("n", "integer", "how many")],
                                                options: [generatorOption], returns: "Tensor")) { call in
            let options = try call.options(2)
            let generator = try options.optionalObject("generator", Generator.self) ?? .shared
            return try call.finish(Tensor.randperm(call.integer(1), generator: generator).countedFromOne(), options)
        }
        try like(sentx, "zeros_like", "Zeros of a tensor's shape and type.") { try Tensor.zeros($0, dtype: $1) }
        try like(sentx, "ones_like", "Ones of a tensor's shape and type.") { try Tensor.ones($0, dtype: $1) }
        try joining(sentx, "cat", "Tensors one behind the other along a dimension.", extra: 0) { try Tensor.cat($0, dim: $1) }
        try joining(sentx, "stack", "Tensors of one shape along a new dimension.", extra: 1) { try Tensor.stack($0, dim: $1) }
        try sentx.function("where", doc: Doc("Elements of the first operand where a condition is true, of the second elsewhere.", parameters: [
            .init("condition", "Tensor", "bool"), .init("first", "Tensor or number", "where true"),
            .init("second", "Tensor or number", "where false"),
        ], returns: "Tensor")) { .object(try chosen($0.tensor(1), $0.slot(2), $0.slot(3))) }
        try sentx.function("matmul", doc: Doc("The matrix product of two tensors.", parameters: [
            .init("a", "Tensor", "the left one"), .init("b", "Tensor", "the right one"),
        ], returns: "Tensor")) { .object(try $0.tensor(1).matmul($0.tensor(2))) }
        try sentx.function("is_tensor",
            doc: Doc("Whether a value is a tensor.", parameters: [.init("value", "anything", "the value")], returns: "boolean")) {
            .boolean($0.slot(1).objectIfPresent(Tensor.self) != nil)
        }
    }

    /// The numbers from the first of three bounds to the second by the third. Integers are never rounded.
    private static func range(_ bounds: [LuaValue], _ dtype: DType?) throws -> Tensor {
        if case (.integer(let first), .integer(let last), .integer(let step)) = (bounds[0], bounds[1], bounds[2]), dtype != .bool {
            return try Tensor.arange(first, last, step: step, dtype: dtype ?? .int64)
        }
        let numbers = try bounds.map {
            guard let number = $0.asNumber else { throw TensorError("arange: an integer beyond 2^53 stands beside numbers with a fraction, which do not hold it exactly") }
            return number
        }
        return try Tensor.arange(numbers[0], numbers[1], step: numbers[2], dtype: dtype)
    }

    private static func isNumber(_ value: LuaValue) -> Bool {
        if case .integer = value { return true }
        return value.asNumber != nil
    }

    /// A tensor of what a script wrote, of the type that fits if `dtype` is nil.
    private static func tensor(of slot: LuaSlot, _ dtype: DType?) throws -> Tensor {
        switch slot.value {
        case .integer: return try element(slot, dtype ?? .int64)
        case .number: return try element(slot, dtype ?? .float32)
        case .boolean: return try element(slot, dtype ?? .bool)
        case .table(let table):
            let numbers = try table.nestedNumbers()
            return try tensor(of: numbers, dtype ?? (numbers.kind == .number ? .float32 : numbers.kind == .integer ? .int64 : .bool), slot)
        default:
            guard let tensor = slot.objectIfPresent(Tensor.self) else { throw slot.mismatch("table of numbers, number or boolean") }
            return try tensor.detach().to(dtype ?? tensor.dtype).clone()
        }
    }

    /// Lists of numbers as `dtype`, which has to hold integers as they are. Fractions are cut towards zero for int64, as in torch.
    private static func tensor(of numbers: LuaNumbers, _ dtype: DType, _ slot: LuaSlot) throws -> Tensor {
        func entry(_ index: Int) -> String { "value \(index + 1) in row-major order, \(numbers.values[index])," }
        switch dtype {
        case .bool: return try Tensor.from(numbers.values.map { $0 != 0 }, shape: numbers.shape)
        case .float32:
            let values = numbers.values.map { Float($0) }
            if numbers.kind == .integer, let index = values.indices.first(where: { Double(values[$0]) != numbers.values[$0] }) {
                throw slot.invalid("\(entry(index)) is an integer that float32 cannot hold; use int64, or write it with .0 to have it rounded")
            }
            return try Tensor.from(values, shape: numbers.shape)
        case .int64:
            let values = try numbers.values.indices.map { index -> Int64 in
                guard let whole = cut(numbers.values[index]) else { throw slot.invalid("\(entry(index)) is not in the range of int64") }
                return whole
            }
            return try Tensor.from(values, shape: numbers.shape)
        }
    }

    /// One number as `dtype`, cut towards zero for int64.
    private static func element(_ slot: LuaSlot, _ dtype: DType) throws -> Tensor {
        guard case .number(let number) = slot.value, dtype == .int64 else { return try slot.element(of: dtype) }
        guard let whole = cut(number) else { throw slot.invalid("\(number) is not in the range of int64") }
        return Tensor([whole], shape: [])
    }

    /// A number without its fraction, nil if int64 has none such.
    private static func cut(_ number: Double) -> Int64? { Int64(exactly: number.rounded(.towardZero)) }

    private static func shaped(_ sentx: LuaModule, _ name: String, _ summary: String, _ body: @escaping ([Int], DType) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [sizes], options: [dtypeOption, gradientOption], returns: "Tensor",
                                          example: "local t = sentx.\(name)(2, 3)")) { call in
            let (shape, options) = try call.integersAndOptions(from: 1)
            return try call.finish(body(shape, options.dtype() ?? .float32), options)
        }
    }

    private static func random(_ sentx: LuaModule, _ name: String, _ summary: String, _ body: @escaping ([Int], Generator) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [sizes], options: [generatorOption, gradientOption], returns: "Tensor",
                                          example: "local t = sentx.\(name)(2, 3, { generator = sentx.Generator(7) })")) { call in
            let (shape, options) = try call.integersAndOptions(from: 1)
            let generator = try options.optionalObject("generator", Generator.self) ?? .shared
            return try call.finish(body(shape, generator), options)
        }
    }

    private static func like(_ sentx: LuaModule, _ name: String, _ summary: String, _ body: @escaping ([Int], DType) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [.init("tensor", "Tensor", "the model")], options: [dtypeOption, gradientOption],
                                          returns: "Tensor")) { call in
            let model = try call.tensor(1), options = try call.options(2)
            return try call.finish(body(model.shape, options.dtype() ?? model.dtype), options)
        }
    }

    private static func joining(_ sentx: LuaModule, _ name: String, _ summary: String, extra: Int,
        _ body: @escaping ([Tensor], Int) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [
            .init("tensors", "table of Tensor", "the tensors"), .init("dim", "integer", default: "1", "the dimension"),
        ], returns: "Tensor")) { call in
            let tensors = try call.objects(1, Tensor.self)
            return .object(try body(tensors, call.dimension(2, of: (tensors.first?.rank ?? 0) + extra, default: 0)))
        }
    }
}
