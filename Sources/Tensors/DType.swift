/// What a tensor's elements are.
public enum DType: String, Sendable, CaseIterable {
    case float32
    case int64
    /// One byte an element, 0 or 1; the result of comparisons.
    case bool

    /// Bytes of one element.
    public var byteCount: Int {
        switch self {
        case .float32: return 4
        case .int64: return 8
        case .bool: return 1
        }
    }
}

/// A Swift type that a tensor can hold.
public protocol TensorElement {
    static var dtype: DType { get }
}

extension Float: TensorElement { public static var dtype: DType { .float32 } }
extension Int64: TensorElement { public static var dtype: DType { .int64 } }
extension Bool: TensorElement { public static var dtype: DType { .bool } }
