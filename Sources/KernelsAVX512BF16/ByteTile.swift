#if arch(x86_64)
import CSIMD

/// Sums of products of bytes for eight rows by 32 columns, or by sixteen, held in registers.
struct ByteTile {
    static let rows = 8

    /// Of the first sixteen columns and of the others, int32.
    private var s0: SIMD8<Int64>, s1: SIMD8<Int64>, s2: SIMD8<Int64>, s3: SIMD8<Int64>
    private var s4: SIMD8<Int64>, s5: SIMD8<Int64>, s6: SIMD8<Int64>, s7: SIMD8<Int64>
    private var t0: SIMD8<Int64>, t1: SIMD8<Int64>, t2: SIMD8<Int64>, t3: SIMD8<Int64>
    private var t4: SIMD8<Int64>, t5: SIMD8<Int64>, t6: SIMD8<Int64>, t7: SIMD8<Int64>

    /// - Parameters:
    ///   - left: eight rows of unsigned bytes, `leftStride` bytes apart.
    ///   - right: `[quads][columns][4]` signed bytes, `rightStride` bytes from one group of four inner elements to the next.
    ///   - isWide: whether there are 32 columns.
    ///   - low, high: what sums begin with, int32.
    @inline(__always)
    init(left: UnsafeRawPointer, leftStride: Int, right: UnsafeRawPointer, rightStride: Int, quads: Int, isWide: Bool,
         low: SIMD8<Int64>, high: SIMD8<Int64>) {
        (s0, s1, s2, s3, s4, s5, s6, s7) = (low, low, low, low, low, low, low, low)
        (t0, t1, t2, t3, t4, t5, t6, t7) = (high, high, high, high, high, high, high, high)
        var right = right
        var a = left, b = left + 4 * leftStride
        for _ in 0..<quads {
            let first = right.loadUnaligned(as: SIMD8<Int64>.self)
            let second = isWide ? right.loadUnaligned(fromByteOffset: 64, as: SIMD8<Int64>.self) : .zero
            let a0 = Self.broadcast(a), a1 = Self.broadcast(a + leftStride)
            let a2 = Self.broadcast(a + 2 * leftStride), a3 = Self.broadcast(a + 3 * leftStride)
            s0 = csimd_dot_u8_s8(s0, a0, first)
            s1 = csimd_dot_u8_s8(s1, a1, first)
            s2 = csimd_dot_u8_s8(s2, a2, first)
            s3 = csimd_dot_u8_s8(s3, a3, first)
            let a4 = Self.broadcast(b), a5 = Self.broadcast(b + leftStride)
            let a6 = Self.broadcast(b + 2 * leftStride), a7 = Self.broadcast(b + 3 * leftStride)
            s4 = csimd_dot_u8_s8(s4, a4, first)
            s5 = csimd_dot_u8_s8(s5, a5, first)
            s6 = csimd_dot_u8_s8(s6, a6, first)
            s7 = csimd_dot_u8_s8(s7, a7, first)
            if isWide {
                t0 = csimd_dot_u8_s8(t0, a0, second)
                t1 = csimd_dot_u8_s8(t1, a1, second)
                t2 = csimd_dot_u8_s8(t2, a2, second)
                t3 = csimd_dot_u8_s8(t3, a3, second)
                t4 = csimd_dot_u8_s8(t4, a4, second)
                t5 = csimd_dot_u8_s8(t5, a5, second)
                t6 = csimd_dot_u8_s8(t6, a6, second)
                t7 = csimd_dot_u8_s8(t7, a7, second)
            }
            a += 4
            b += 4
            right += rightStride
        }
    }

    /// Calls `body` with each row's sums.
    @inline(__always)
    func forEachRow(_ body: (_ row: Int, _ low: SIMD8<Int64>, _ high: SIMD8<Int64>) -> Void) {
        body(0, s0, t0)
        body(1, s1, t1)
        body(2, s2, t2)
        body(3, s3, t3)
        body(4, s4, t4)
        body(5, s5, t5)
        body(6, s6, t6)
        body(7, s7, t7)
    }

    @inline(__always)
    private static func broadcast(_ quad: UnsafeRawPointer) -> SIMD8<Int64> {
        unsafeBitCast(SIMD16<UInt32>(repeating: quad.loadUnaligned(as: UInt32.self)), to: SIMD8<Int64>.self)
    }
}
#endif
