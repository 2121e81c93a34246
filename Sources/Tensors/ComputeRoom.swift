import ComputeRuntime
import Kernels

/// Whether computations that cannot stop on their way would have what they need.
public enum ComputeRoom {
    /// Throws unless matrices can be multiplied and so much memory can be had.
    /// - Parameters:
    ///   - byteCount: about what the computation will ask for.
    ///   - operation: what is computed, for the message.
    /// - Throws: ``TensorError``, with what is needed and what there is.
    public static func check(_ byteCount: Int, for operation: @autoclosure () -> String) throws {
        do {
            try MemoryPool.shared.check(byteCount)
            if ComputePrecision.float32.tileFormat == nil { try OpenBLAS.checkRoom() }
        } catch {
            throw TensorError("\(operation()): \(error)")
        }
    }
}
