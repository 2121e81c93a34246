import Kernels
import LuaHost
import Tensors

/// How tensor functions read Lua values: dimensions and indices count from 1, numbers stand in for tensors.
extension LuaSlot {
    /// A dimension of a tensor of `rank`, counted from 1 or from the end by -1; 0-based or negative for Swift.
    func dimension(of rank: Int) throws -> Int {
        let bound = max(1, rank)
        let dimension = try integer()
        guard dimension != 0, dimension.magnitude <= UInt(bound) else {
            throw invalid("must be a dimension of a tensor that has \(rank): 1 to \(bound), or -1 to -\(bound) from the end")
        }
        return dimension > 0 ? dimension - 1 : dimension
    }

    /// A position among `length`, counted from 1 or from the end by -1; 0-based for Swift.
    func position(among length: Int) throws -> Int {
        let index = try integer()
        guard index != 0, index.magnitude <= UInt(length) else {
            throw invalid(length == 0 ? "nothing can be indexed, the length is 0"
                : "must be an index from 1 to \(length), or -1 to -\(length) from the end")
        }
        return index > 0 ? index - 1 : length + index
    }

    /// Indices as a tensor or a list, counted from 1; 0-based int64 for Swift.
    func positions(among length: Int) throws -> Tensor {
        guard case .object = value else { return Tensor(try list().map { Int64(try $0.position(among: length)) }) }
        let indices = try object(Tensor.self)
        guard indices.dtype == .int64 else { throw mismatch("int64 Tensor of indices") }
        let places = try indices.detach().subtracting(1)
        if let place = firstOutOfRange(places.integers, count: places.count, bound: length) {
            throw LuaError("index \(place &+ 1) in a tensor of indices is not between 1 and \(length)")
        }
        return places
    }

    /// A tensor, or a number as a tensor of the kind that goes with `other`.
    func operand(beside other: Tensor) throws -> Tensor {
        switch value {
        case .integer(let number): return try other.scalarOperand(Int64(number))
        case .number(let number): return other.scalarOperand(number)
        case .boolean(let flag): return Tensor([flag], shape: [])
        default:
            guard let tensor = objectIfPresent(Tensor.self) else { throw mismatch("Tensor or number") }
            return tensor
        }
    }

    /// A number or boolean as the one element of a tensor of `dtype`. What the type cannot hold is refused: integers that float32 would
    /// round, and for int64 what is not a whole number in its range.
    func element(of dtype: DType) throws -> Tensor {
        switch (value, dtype) {
        case (.boolean(let flag), _): return try Tensor([flag], shape: []).to(dtype)
        case (.integer(let number), .float32): return try Tensor.zeros([]).scalarOperand(Int64(number))
        case (.integer(let number), .int64): return Tensor([Int64(number)], shape: [])
        case (.integer(let number), .bool): return Tensor([number != 0], shape: [])
        case (.number(let number), .float32): return Tensor.scalar(Float(number))
        case (.number(let number), .int64):
            guard let whole = Int64(exactly: number) else { throw invalid("\(number) is not a whole number that int64 can hold") }
            return Tensor([whole], shape: [])
        case (.number(let number), .bool): return Tensor([number != 0], shape: [])
        default: throw mismatch("number or boolean")
        }
    }

    /// Whether this is a number or a boolean.
    var isElement: Bool {
        switch value {
        case .integer, .number, .boolean: return true
        default: return false
        }
    }

    /// The element type that a name stands for.
    func dtype() throws -> DType {
        switch try choice(["float32", "float", "int64", "long", "int", "bool"]) {
        case "float32", "float": return .float32
        case "bool": return .bool
        default: return .int64
        }
    }
}

extension LuaOptions {
    /// The option `dtype`, nil if left out.
    func dtype() throws -> DType? { has("dtype") ? try slot("dtype").dtype() : nil }
}

extension LuaCall {
    func tensor(_ position: Int) throws -> Tensor { try object(position, Tensor.self) }

    /// A dimension, nil if left out.
    func optionalDimension(_ position: Int, of rank: Int) throws -> Int? {
        has(position) ? try slot(position).dimension(of: rank) : nil
    }

    func dimension(_ position: Int, of rank: Int, default fallback: Int) throws -> Int {
        try optionalDimension(position, of: rank) ?? fallback
    }

    /// Both operands of an operator, of which at least one is a tensor.
    func operands() throws -> (Tensor, Tensor) {
        if let first = slot(1).objectIfPresent(Tensor.self) { return (first, try slot(2).operand(beside: first)) }
        let second = try tensor(2)
        return (try slot(1).operand(beside: second), second)
    }

    /// Integers given one by one or as one list, from `position` to the end, and the option table behind them if there is one.
    func integersAndOptions(from position: Int) throws -> (integers: [Int], options: LuaOptions) {
        if case .table(let table) = value(position), has(position), table.count > 0 || !has(position + 1) {
            let isOptions = try table.count == 0 && !table.pairs().isEmpty
            return isOptions ? ([], try options(position)) : (try integers(position), try options(position + 1))
        }
        var integers: [Int] = []
        var next = position
        while next <= count, value(next).asNumber != nil {
            integers.append(try integer(next))
            next += 1
        }
        return (integers, try options(next))
    }

    /// The same without options.
    func integers(from position: Int) throws -> [Int] {
        if case .table = value(position) { return try integers(position) }
        return try (position..<max(position, count + 1)).map { try integer($0) }
    }

    /// The optional settings `dtype`, `requires_grad` and `generator` of functions that make tensors.
    func finish(_ tensor: Tensor, _ options: LuaOptions) throws -> LuaValue {
        let result = try tensor.to(options.dtype() ?? tensor.dtype)
        if try options.bool("requires_grad", default: false) { try result.askForGradient() }
        try options.finish()
        return .object(result)
    }
}

extension Tensor {
    /// Sets ``requiresGrad``, which only float32 tensors can.
    func askForGradient() throws {
        guard dtype == .float32 else {
            throw TensorError("requires_grad: only float32 tensors have gradients, this one is \(dtype); make it with dtype = \"float32\"")
        }
        requiresGrad = true
    }

    /// 0-based positions as Lua counts them.
    func countedFromOne() throws -> Tensor { try adding(1) }
}
