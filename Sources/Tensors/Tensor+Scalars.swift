extension Tensor {
    /// A number as an operand beside this tensor: whole numbers stay whole beside int64.
    private func operand(_ value: Double) -> Tensor {
        if dtype != .float32, let whole = Int64(exactly: value) { return Tensor([whole], shape: []) }
        return Tensor.scalar(Float(value))
    }

    public func adding(_ value: Double) throws -> Tensor { try adding(operand(value)) }

    public func subtracting(_ value: Double) throws -> Tensor { try subtracting(operand(value)) }

    public func multiplying(_ value: Double) throws -> Tensor { try multiplying(operand(value)) }

    public func dividing(by value: Double) throws -> Tensor { try dividing(by: operand(value)) }

    /// The same as ``dividing(by:)``.
    public func dividing(_ value: Double) throws -> Tensor { try dividing(by: value) }

    public func floorDividing(by value: Double) throws -> Tensor { try floorDividing(by: operand(value)) }

    public func modulo(_ value: Double) throws -> Tensor { try modulo(operand(value)) }

    public func maximum(_ value: Double) throws -> Tensor { try maximum(operand(value)) }

    public func minimum(_ value: Double) throws -> Tensor { try minimum(operand(value)) }

    /// Every element to the power `exponent`; 2, 1/2, -1 and -1/2 have fast forms.
    public func pow(_ exponent: Double) throws -> Tensor {
        if dtype == .float32 {
            switch exponent {
            case 1: return clone()
            case 2: return try square()
            case 0.5: return try sqrt()
            case -1: return try reciprocal()
            case -0.5: return try rsqrt()
            default: break
            }
        }
        return try pow(operand(exponent))
    }

    public func eq(_ value: Double) throws -> Tensor { try eq(operand(value)) }

    public func ne(_ value: Double) throws -> Tensor { try ne(operand(value)) }

    public func lt(_ value: Double) throws -> Tensor { try lt(operand(value)) }

    public func le(_ value: Double) throws -> Tensor { try le(operand(value)) }

    public func gt(_ value: Double) throws -> Tensor { try gt(operand(value)) }

    public func ge(_ value: Double) throws -> Tensor { try ge(operand(value)) }

    public static func + (first: Tensor, second: Tensor) throws -> Tensor { try first.adding(second) }

    public static func - (first: Tensor, second: Tensor) throws -> Tensor { try first.subtracting(second) }

    public static func * (first: Tensor, second: Tensor) throws -> Tensor { try first.multiplying(second) }

    public static func / (first: Tensor, second: Tensor) throws -> Tensor { try first.dividing(by: second) }

    public static func + (first: Tensor, second: Double) throws -> Tensor { try first.adding(second) }

    public static func - (first: Tensor, second: Double) throws -> Tensor { try first.subtracting(second) }

    public static func * (first: Tensor, second: Double) throws -> Tensor { try first.multiplying(second) }

    public static func / (first: Tensor, second: Double) throws -> Tensor { try first.dividing(by: second) }

    public static func + (first: Double, second: Tensor) throws -> Tensor { try second.adding(first) }

    public static func - (first: Double, second: Tensor) throws -> Tensor { try second.operand(first).subtracting(second) }

    public static func * (first: Double, second: Tensor) throws -> Tensor { try second.multiplying(first) }

    public static func / (first: Double, second: Tensor) throws -> Tensor { try second.operand(first).dividing(by: second) }

    public static prefix func - (tensor: Tensor) throws -> Tensor { try tensor.negated() }
}
