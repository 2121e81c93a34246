extension Tensor {
    /// A number as an operand beside this tensor: whole numbers stay whole beside int64.
    public func scalarOperand(_ value: Double) -> Tensor {
        if dtype != .float32, let whole = Int64(exactly: value) { return Tensor([whole], shape: []) }
        return Tensor.scalar(Float(value))
    }

    /// An integer as an operand beside this tensor, of its type or int64 beside truth values.
    /// - Throws: ``TensorError`` for one that a float32 tensor's numbers cannot equal.
    public func scalarOperand(_ value: Int64) throws -> Tensor {
        dtype == .float32 ? Tensor.scalar(try Tensor.float(value, of: "a number beside a float32 tensor")) : Tensor([value], shape: [])
    }

    public func adding(_ value: Double) throws -> Tensor { try adding(scalarOperand(value)) }

    public func subtracting(_ value: Double) throws -> Tensor { try subtracting(scalarOperand(value)) }

    public func multiplying(_ value: Double) throws -> Tensor { try multiplying(scalarOperand(value)) }

    public func dividing(by value: Double) throws -> Tensor { try dividing(by: scalarOperand(value)) }

    /// The same as ``dividing(by:)``.
    public func dividing(_ value: Double) throws -> Tensor { try dividing(by: value) }

    public func floorDividing(by value: Double) throws -> Tensor { try floorDividing(by: scalarOperand(value)) }

    public func modulo(_ value: Double) throws -> Tensor { try modulo(scalarOperand(value)) }

    public func maximum(_ value: Double) throws -> Tensor { try maximum(scalarOperand(value)) }

    public func minimum(_ value: Double) throws -> Tensor { try minimum(scalarOperand(value)) }

    /// Every element to the power `exponent`; 2, 1/2, -1 and -1/2 have fast forms.
    public func pow(_ exponent: Double) throws -> Tensor {
        if dtype == .float32 {
            switch exponent {
            case 1: return try clone()
            case 2: return try square()
            case 0.5: return try sqrt()
            case -1: return try reciprocal()
            case -0.5: return try rsqrt()
            default: break
            }
        }
        return try pow(scalarOperand(exponent))
    }

    public func eq(_ value: Double) throws -> Tensor { try eq(scalarOperand(value)) }

    public func ne(_ value: Double) throws -> Tensor { try ne(scalarOperand(value)) }

    public func lt(_ value: Double) throws -> Tensor { try lt(scalarOperand(value)) }

    public func le(_ value: Double) throws -> Tensor { try le(scalarOperand(value)) }

    public func gt(_ value: Double) throws -> Tensor { try gt(scalarOperand(value)) }

    public func ge(_ value: Double) throws -> Tensor { try ge(scalarOperand(value)) }

    public static func + (first: Tensor, second: Tensor) throws -> Tensor { try first.adding(second) }

    public static func - (first: Tensor, second: Tensor) throws -> Tensor { try first.subtracting(second) }

    public static func * (first: Tensor, second: Tensor) throws -> Tensor { try first.multiplying(second) }

    public static func / (first: Tensor, second: Tensor) throws -> Tensor { try first.dividing(by: second) }

    public static func + (first: Tensor, second: Double) throws -> Tensor { try first.adding(second) }

    public static func - (first: Tensor, second: Double) throws -> Tensor { try first.subtracting(second) }

    public static func * (first: Tensor, second: Double) throws -> Tensor { try first.multiplying(second) }

    public static func / (first: Tensor, second: Double) throws -> Tensor { try first.dividing(by: second) }

    public static func + (first: Double, second: Tensor) throws -> Tensor { try second.adding(first) }

    public static func - (first: Double, second: Tensor) throws -> Tensor { try second.scalarOperand(first).subtracting(second) }

    public static func * (first: Double, second: Tensor) throws -> Tensor { try second.multiplying(first) }

    public static func / (first: Double, second: Tensor) throws -> Tensor { try second.scalarOperand(first).dividing(by: second) }

    public static prefix func - (tensor: Tensor) throws -> Tensor { try tensor.negated() }
}
