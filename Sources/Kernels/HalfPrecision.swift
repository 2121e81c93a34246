/// Widens `count` IEEE half-precision numbers (2 bytes each, any alignment) to `target`, which is overwritten.
public func widenFloat16(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        target[index] = Float(Float16(bitPattern: bits))
    }
}

/// Widens `count` bfloat16 numbers (the upper halves of floats; 2 bytes each, any alignment) to `target`, which is
/// overwritten.
public func widenBFloat16(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<count {
        let bits = source.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)
        target[index] = Float(bitPattern: UInt32(bits) << 16)
    }
}

/// Narrows `count` doubles (8 bytes each, any alignment) to `target`, which is overwritten.
public func narrowFloat64(_ source: UnsafeRawPointer, count: Int, into target: UnsafeMutablePointer<Float>) {
    for index in 0..<count { target[index] = Float(source.loadUnaligned(fromByteOffset: index * 8, as: Double.self)) }
}
