#if arch(x86_64)
/// GELU to within 1.7e-4 up to 6, and to within 3e-5 of the argument beyond, for a result that becomes bytes next.
///
/// The normal distribution's integral from zero is an odd polynomial up to 3.9, which has the least greatest error in the result.
enum CoarseGelu: VectorActivation {
    @_transparent
    static func value(_ x: FloatVector) -> FloatVector {
        let bound = FloatVector(repeating: 3.9)
        let y = lesser(greater(x, -bound), bound), square = y * y
        var series = FloatVector(repeating: -1.770_592_5e-6).addingProduct(square, FloatVector(repeating: 2.627_351_0e-8))
        series = FloatVector(repeating: 5.123_905_1e-5).addingProduct(square, series)
        series = FloatVector(repeating: -8.445_283_4e-4).addingProduct(square, series)
        series = FloatVector(repeating: 8.913_860_7e-3).addingProduct(square, series)
        series = FloatVector(repeating: -6.486_962_6e-2).addingProduct(square, series)
        series = FloatVector(repeating: 0.398_085_705).addingProduct(square, series)
        return x * FloatVector(repeating: 0.5).addingProduct(y, series)
    }
}
#endif
