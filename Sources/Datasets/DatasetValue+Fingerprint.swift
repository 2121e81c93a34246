import ComputeRuntime

extension DatasetValue {
    /// A 64-bit number that is the same for equal cells, in every process, and in practice different for others: in a million
    /// cells, two that differ agree with a probability below one in ten million.
    public var fingerprint: UInt64 {
        switch self {
        case .null: return Self.mix(1, 0)
        case .bool(let value): return Self.mix(2, value ? 1 : 0)
        case .integer(let value): return Self.mix(3, UInt64(bitPattern: value))
        // Both zeros are equal.
        case .number(let value): return Self.mix(4, (value + 0).bitPattern)
        case .string(var text): return text.withUTF8 { textHash(UnsafeRawBufferPointer($0)) }
        case .list(let values): return values.reduce(Self.mix(5, UInt64(values.count))) { Self.mix($0, $1.fingerprint) }
        }
    }

    /// One number of two, in this order.
    public static func mix(_ a: UInt64, _ b: UInt64) -> UInt64 {
        withUnsafeBytes(of: (a, b)) { textHash($0, seed: 0x5E47) }
    }
}
