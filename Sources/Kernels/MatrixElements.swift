/// The elements of a stored matrix that a product reads: float32, or bits of bfloat16 where it rounds to that anyway.
public enum MatrixElements {
    case float32(UnsafePointer<Float>)
    case bfloat16(UnsafePointer<UInt16>)

    /// From the element `offset` places further on.
    @inline(__always)
    public static func + (elements: MatrixElements, offset: Int) -> MatrixElements {
        switch elements {
        case .float32(let start): return .float32(start + offset)
        case .bfloat16(let start): return .bfloat16(start + offset)
        }
    }
}
