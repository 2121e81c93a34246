import ComputeRuntime
import Kernels

/// An n-dimensional array of numbers, and a node of the autograd tape where gradients are asked for.
///
/// In Swift, dimensions and indices count from 0 (Lua's count from 1 is translated in the bindings). A tensor may be a
/// strided view of a storage that others share; kernels work on ``contiguous()`` ones.
public final class Tensor {
    public let storage: Storage
    public let shape: [Int]
    /// Elements between neighbours along each dimension; 0 along a broadcast one.
    public let strides: [Int]
    /// Elements from the start of the storage.
    public let offset: Int
    public let dtype: DType

    /// Whether ``backward()`` reaches this tensor. Set it on leaves; results inherit it.
    public var requiresGrad = false
    /// The gradient of the last ``backward()`` calls, summed; nil before the first. Only leaves keep one. A ``rowGradient`` becomes
    /// a gradient of this tensor's shape when it is read here.
    public var grad: Tensor? {
        get {
            if rowGradient != nil { spreadRowGradient() }
            return wholeGradient
        }
        set {
            wholeGradient = newValue
            rowGradient = nil
        }
    }
    /// A gradient of this tensor's shape.
    var wholeGradient: Tensor?
    /// In place of a gradient of this tensor's shape, that of the few rows of a table that a batch has read.
    public internal(set) var rowGradient: RowGradient?
    /// Who brings rows of this table up to date before they are read; see ``PendingRows``.
    public var pendingRows: (any PendingRows)?
    /// How this tensor was computed, if the tape recorded it.
    public internal(set) var node: GradientNode?

    /// A view of a storage; the caller answers for its bounds.
    public init(storage: Storage, shape: [Int], strides: [Int]? = nil, offset: Int = 0, dtype: DType) {
        self.storage = storage
        self.shape = shape
        self.strides = strides ?? Tensor.rowMajorStrides(shape)
        self.offset = offset
        self.dtype = dtype
    }

    /// Memory for `shape`, not initialised.
    /// - Parameter operation: what asks for it, for the message.
    /// - Throws: ``TensorError`` for a shape that cannot be (see ``Shape/count(_:of:)``) or memory that cannot be had.
    public convenience init(allocating shape: [Int], dtype: DType = .float32, for operation: String) throws {
        let count = try Shape.count(shape, of: operation)
        do {
            self.init(storage: try Storage(requesting: count * dtype.byteCount), shape: shape, dtype: dtype)
        } catch let error as MemoryError {
            throw TensorError("\(operation): \(dtype == .int64 ? "an" : "a") \(dtype) tensor of shape \(shape) cannot be made: \(error); make it smaller, or work in parts")
        }
    }

    /// The same where no error can be caught: the program ends if the memory cannot be had. For shapes that come of what there is.
    public convenience init(uninitialized shape: [Int], dtype: DType = .float32) {
        self.init(storage: Storage(byteCount: shape.reduce(1, *) * dtype.byteCount), shape: shape, dtype: dtype)
    }

    /// Every element set to `value`.
    public convenience init(repeating value: Float, shape: [Int]) {
        self.init(uninitialized: shape)
        floats.update(repeating: value, count: count)
    }

    /// All zeros.
    public convenience init(zeros shape: [Int], dtype: DType = .float32) {
        self.init(uninitialized: shape, dtype: dtype)
        storage.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: count * dtype.byteCount)
    }

    /// All zeros, of which only what is written to takes memory, in pages of 4 KiB; float32.
    public convenience init(sparseZeros shape: [Int]) {
        let pages = ZeroPages(byteCount: shape.reduce(1, *) * DType.float32.byteCount)
        self.init(storage: Storage(borrowing: pages.pointer, byteCount: pages.byteCount, owner: pages), shape: shape, dtype: .float32)
    }

    /// `values` in row-major order. Traps if their number is not that of `shape`; see ``from(_:shape:)`` for the checked form.
    public convenience init<Element: TensorElement>(_ values: [Element], shape: [Int]? = nil) {
        let shape = shape ?? [values.count]
        precondition(values.count == shape.reduce(1, *), "\(values.count) values for shape \(shape)")
        self.init(uninitialized: shape, dtype: Element.dtype)
        values.withUnsafeBytes { if let start = $0.baseAddress { storage.pointer.copyMemory(from: start, byteCount: $0.count) } }
    }

    /// A tensor without dimensions.
    public static func scalar(_ value: Float) -> Tensor { Tensor([value], shape: []) }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }

    /// Number of dimensions.
    public var rank: Int { shape.count }

    /// Whether elements lie in row-major order without gaps.
    public var isContiguous: Bool {
        var expected = 1
        for dimension in (0..<rank).reversed() {
            if shape[dimension] == 0 { return true }
            if shape[dimension] != 1 && strides[dimension] != expected { return false }
            expected *= shape[dimension]
        }
        return true
    }

    /// Start of a float32 tensor's elements (its first one; follow ``strides`` unless contiguous).
    public var floats: UnsafeMutablePointer<Float> {
        precondition(dtype == .float32, "a \(dtype) tensor read as float32")
        return storage.pointer.assumingMemoryBound(to: Float.self) + offset
    }

    /// Start of an int64 tensor's elements.
    public var integers: UnsafeMutablePointer<Int64> {
        precondition(dtype == .int64, "a \(dtype) tensor read as int64")
        return storage.pointer.assumingMemoryBound(to: Int64.self) + offset
    }

    /// Start of a bool tensor's elements.
    public var booleans: UnsafeMutablePointer<Bool> {
        precondition(dtype == .bool, "a \(dtype) tensor read as bool")
        return storage.pointer.assumingMemoryBound(to: Bool.self) + offset
    }

    /// Row-major strides of `shape`, in elements.
    public static func rowMajorStrides(_ shape: [Int]) -> [Int] {
        var strides = [Int](repeating: 1, count: shape.count)
        for dimension in (0..<Swift.max(0, shape.count - 1)).reversed() {
            strides[dimension] = strides[dimension + 1] * shape[dimension + 1]
        }
        return strides
    }
}
