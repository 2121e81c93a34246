import CSIMD

/// `value * 2^n` for whole numbers `n`.
@inline(__always)
@usableFromInline func scaled(_ value: FloatVector, byPowerOfTwo n: FloatVector) -> FloatVector { csimd_scale_by_power_of_two(value, n) }
