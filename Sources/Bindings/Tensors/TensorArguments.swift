import LuaHost
import Tensors

/// How tensor functions read Lua values: dimensions and indices count from 1, numbers stand in for tensors.
extension LuaSlot {
    /// A dimension of a tensor of `rank`, counted from 1 or from the end by -1; 0-based or negative for Swift.
    func dimension(of rank: Int) throws -> Int {
        let bound = max(1, rank)
        let dimension = try integer()
        guard dimension != 0, abs(dimension) <= bound else {
            throw invalid("must be a dimension of a tensor that has \(rank): 1 to \(bound), or -1 to -\(bound) from the end")
        }
        return dimension > 0 ? dimension - 1 : dimension
    }

    /// A position among `length`, counted from 1 or from the end by -1; 0-based for Swift.
    func position(among length: Int) throws -> Int {
        let index = try integer()
        guard index != 0, abs(index) <= length else {
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
        for index in indices.integerArray() where index < 1 || index > Int64(length) {
            throw LuaError("index \(index) in a tensor of indices is not between 1 and \(length)")
        }
        return try indices.subtracting(1)
    }

    /// A tensor, or a number as a tensor of the kind that goes with `other`.
    func operand(beside other: Tensor) throws -> Tensor {
        switch value {
        case .integer(let number): return other.scalarOperand(Double(number))
        case .number(let number): return other.scalarOperand(number)
        case .boolean(let flag): return Tensor([flag], shape: [])
        default:
            guard let tensor = objectIfPresent(Tensor.self) else { throw mismatch("Tensor or number") }
            return tensor
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
        let result = try options.has("dtype") ? tensor.to(options.slot("dtype").dtype()) : tensor
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
