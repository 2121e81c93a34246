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
            var tensor = try tensor(of: call.slot(1))
            // Gradients were asked for, so whole numbers are meant as real ones.
            if try options.bool("requires_grad", default: false), !options.has("dtype") { tensor = tensor.toFloat32() }
            return try call.finish(tensor, options)
        }
        try shaped(sentx, "zeros", "A tensor of zeros.") { try Tensor.zeros($0) }
        try shaped(sentx, "ones", "A tensor of ones.") { try Tensor.ones($0) }
        try random(sentx, "rand", "Uniform numbers in [0, 1).") { try Tensor.rand($0, generator: $1) }
        try random(sentx, "randn", "Normally distributed numbers of mean 0 and standard deviation 1.") { try Tensor.randn($0, generator: $1) }
        try sentx.function("full", doc: Doc("A tensor of one value.", parameters: [
            .init("shape", "table of integers", "the lengths of its dimensions"), .init("value", "number", "the value"),
        ], options: [dtypeOption, gradientOption], returns: "Tensor")) { call in
            let isWhole = if case .integer = call.value(2) { true } else { false }
            return try call.finish(Tensor.full(call.integers(1), call.number(2), dtype: isWhole ? .int64 : .float32), call.options(3))
        }
        try sentx.function("eye", doc: Doc("Ones on the diagonal of a matrix of zeros.", parameters: [
            .init("rows", "integer", "its rows"), .init("columns", "integer", optional: true, "its columns; as many as rows if left out"),
        ], returns: "Tensor")) { .object(try Tensor.eye($0.integer(1), $0.optionalInteger(2))) }
        try sentx.function("arange", doc: Doc("Numbers from start up to stop, which is left out; with one argument from 0.", parameters: [
            .init("start", "number", default: "0", "the first"), .init("stop", "number", "the bound"),
            .init("step", "number", default: "1", "the distance"),
        ], options: [dtypeOption, gradientOption], returns: "Tensor")) { call in
            var bounds: [Double] = []
            while bounds.count < 3, call.value(bounds.count + 1).asNumber != nil { bounds.append(try call.number(bounds.count + 1)) }
            if bounds.isEmpty { bounds.append(try call.number(1, "stop")) }
            let options = try call.options(bounds.count + 1)
            let tensor = bounds.count == 1 ? try Tensor.arange(0, bounds[0])
                : try Tensor.arange(bounds[0], bounds[1], step: bounds.count > 2 ? bounds[2] : 1)
            return try call.finish(tensor, options)
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
        try like(sentx, "zeros_like", "Zeros of a tensor's shape and type.") { $0.zerosLike() }
        try like(sentx, "ones_like", "Ones of a tensor's shape and type.") { try $0.onesLike() }
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

    /// A tensor of what a script wrote.
    private static func tensor(of slot: LuaSlot) throws -> Tensor {
        switch slot.value {
        case .integer(let value): return Tensor([Int64(value)], shape: [])
        case .number(let value): return Tensor.scalar(Float(value))
        case .boolean(let value): return Tensor([value], shape: [])
        case .table(let table):
            let numbers = try table.nestedNumbers()
            switch numbers.kind {
            case .number: return Tensor(numbers.values.map { Float($0) }, shape: numbers.shape)
            case .integer: return Tensor(numbers.values.map { Int64($0) }, shape: numbers.shape)
            case .boolean: return Tensor(numbers.values.map { $0 != 0 }, shape: numbers.shape)
            }
        default:
            if let tensor = slot.objectIfPresent(Tensor.self) { return tensor.detach().clone() }
            throw slot.mismatch("table of numbers, number or boolean")
        }
    }

    private static func shaped(_ sentx: LuaModule, _ name: String, _ summary: String, _ body: @escaping ([Int]) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [sizes], options: [dtypeOption, gradientOption], returns: "Tensor",
                                          example: "local t = sentx.\(name)(2, 3)")) { call in
            let (shape, options) = try call.integersAndOptions(from: 1)
            return try call.finish(body(shape), options)
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

    private static func like(_ sentx: LuaModule, _ name: String, _ summary: String, _ body: @escaping (Tensor) throws -> Tensor) throws {
        try sentx.function(name, doc: Doc(summary, parameters: [.init("tensor", "Tensor", "the model")], options: [dtypeOption, gradientOption],
                                          returns: "Tensor")) { call in
            try call.finish(body(call.tensor(1)), call.options(2))
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
