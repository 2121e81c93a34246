#if arch(x86_64)
import CSIMD

/// What operands of bfloat16 are made from: float32, which is rounded to nearest even, or bits of bfloat16 as they are.
protocol OperandSource {
    /// The first `count` of sixteen neighbours in float32, the rest zero; sixteen or more reads all.
    static func lanes(_ source: UnsafePointer<Self>, count: Int) -> FloatVector
    /// `(first[i], second[i])` for sixteen `i`.
    static func pairs(_ first: UnsafePointer<Self>, _ second: UnsafePointer<Self>) -> SIMD8<Int64>
    /// 32 neighbours.
    static func block(_ source: UnsafePointer<Self>) -> SIMD8<Int64>
    var bfloat16Bits: UInt16 { get }
}

extension OperandSource {
    /// `count` adjacent values, followed by a zero where `count` is odd.
    @inline(__always)
    static func copyRow(_ source: UnsafePointer<Self>, count: Int, to target: UnsafeMutablePointer<UInt16>) {
        var i = 0
        while i + 32 <= count {
            UnsafeMutableRawPointer(target + i).storeBytes(of: block(source + i), as: SIMD8<Int64>.self)
            i += 32
        }
        while i < count {
            target[i] = source[i].bfloat16Bits
            i += 1
        }
        if count & 1 == 1 { target[count] = 0 }
    }
}

extension Float: OperandSource {
    @inline(__always)
    static func lanes(_ source: UnsafePointer<Float>, count: Int) -> FloatVector { loadLanes(source, count: count) }

    @inline(__always)
    static func pairs(_ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>) -> SIMD8<Int64> {
        csimd_pair_bf16(FloatVector(loading: first), FloatVector(loading: second))
    }

    @inline(__always)
    static func block(_ source: UnsafePointer<Float>) -> SIMD8<Int64> {
        csimd_round_bf16(FloatVector(loading: source), FloatVector(loading: source + 16))
    }

    @inline(__always)
    var bfloat16Bits: UInt16 {
        let bits = bitPattern
        if isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) >> 16)
    }
}

extension UInt16: OperandSource {
    @inline(__always)
    static func lanes(_ source: UnsafePointer<UInt16>, count: Int) -> FloatVector {
        if count >= 16 { return csimd_widen_bf16(UnsafeRawPointer(source).loadUnaligned(as: SIMD4<Int64>.self)) }
        return csimd_widen_bf16(csimd_load_bf16_lanes(source, Swift.max(0, count)))
    }

    @inline(__always)
    static func pairs(_ first: UnsafePointer<UInt16>, _ second: UnsafePointer<UInt16>) -> SIMD8<Int64> {
        csimd_pair_bits(UnsafeRawPointer(first).loadUnaligned(as: SIMD4<Int64>.self), UnsafeRawPointer(second).loadUnaligned(as: SIMD4<Int64>.self))
    }

    @inline(__always)
    static func block(_ source: UnsafePointer<UInt16>) -> SIMD8<Int64> { UnsafeRawPointer(source).loadUnaligned(as: SIMD8<Int64>.self) }

    @inline(__always)
    var bfloat16Bits: UInt16 { self }
}
#endif
