import ComputeRuntime

#if arch(x86_64)
import KernelsAVX512
import KernelsAVX512BF16
#endif

/// What layer normalisation of a row needs: `output = (x - mean) / sqrt(variance + epsilon) * weight + bias`
/// (Ba, Kiros and Hinton, "Layer normalization", 2016).
public struct LayerNormParameters {
    let rows: NormRows
    /// That of the thread which asks; others do the work.
    let set = InstructionSet.current

    /// - Parameters:
    ///   - width: elements of a row.
    ///   - weight, bias: `[width]`
    public init(width: Int, weight: UnsafePointer<Float>, bias: UnsafePointer<Float>, epsilon: Float) {
        rows = NormRows(width: width, weight: weight, bias: bias, epsilon: epsilon)
    }

    public var width: Int { rows.width }
}

/// The end of a transformer block, for some rows: `values = norm(dropout(values + bias) + residual)`.
///
/// - Parameters:
///   - values: `[rows, width]`, overwritten by the result.
///   - bias: `[width]`, of the product that made `values`.
///   - residual: `[rows, width]`
///   - normalized: `[rows, width]`, overwritten by the normalised rows before weight and bias, which the backward pass needs; nil where
///     none follows.
///   - reciprocalDeviation: `[rows]`, overwritten by `1 / sqrt(variance + epsilon)`.
public func residualNorm(
    rows: Range<Int>, _ norm: LayerNormParameters,
    values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, residual: UnsafePointer<Float>, dropout: Dropout?,
    normalized: UnsafeMutablePointer<Float>?, reciprocalDeviation: UnsafeMutablePointer<Float>
) {
    #if arch(x86_64)
    if norm.set >= .avx512 {
        norm.rows.avx512.endBlock(rows, values: values, bias: bias, residual: residual, dropout: dropout?.avx512, normalized: normalized,
                                  reciprocalDeviation: reciprocalDeviation)
        return
    }
    #endif
    norm.rows.endBlock(rows, values: values, bias: bias, residual: residual, dropout: dropout, normalized: normalized,
                       reciprocalDeviation: reciprocalDeviation)
}

/// Backward of ``residualNorm(rows:_:values:bias:residual:dropout:normalized:reciprocalDeviation:)``.
///
/// - Parameters:
///   - gradient: `[rows, width]`, of the output.
///   - normalized: `[rows, width]`, the normalised rows that the forward pass left.
///   - residualGradient: `[rows, width]`, overwritten.
///   - valuesGradient: `[rows, width]`, overwritten; nil where there is no dropout and `residualGradient` serves.
///   - parameterGradients: `[3, width]`, added to: of the norm's weight, its bias, and the product's bias; nil if frozen.
public func residualNormBackward(
    rowCount: Int, _ norm: LayerNormParameters, gradient: UnsafePointer<Float>,
    normalized: UnsafePointer<Float>, reciprocalDeviation: UnsafePointer<Float>, dropout: Dropout?,
    residualGradient: UnsafeMutablePointer<Float>, valuesGradient: UnsafeMutablePointer<Float>?,
    parameterGradients: UnsafeMutablePointer<Float>?
) {
    norm.forRowsWithSums(rowCount, parameterGradients) { rows, sums in
        #if arch(x86_64)
        if norm.set >= .avx512 {
            norm.rows.avx512.endBlockBackward(
                rows, gradient: gradient, normalized: normalized, reciprocalDeviation: reciprocalDeviation, dropout: dropout?.avx512,
                residualGradient: residualGradient, valuesGradient: valuesGradient, sums: sums)
            return
        }
        #endif
        norm.rows.endBlockBackward(
            rows, gradient: gradient, normalized: normalized, reciprocalDeviation: reciprocalDeviation, dropout: dropout,
            residualGradient: residualGradient, valuesGradient: valuesGradient, sums: sums)
    }
}

#if arch(x86_64)
// The same with what waits for products and for the backward pass rounded to bfloat16, where ``InstructionSet/avx512bf16`` is there.

public func residualNorm(
    rows: Range<Int>, _ norm: LayerNormParameters,
    values: UnsafeMutablePointer<Float>, bias: UnsafePointer<Float>, residual: UnsafePointer<Float>, dropout: Dropout?,
    normalized: UnsafeMutablePointer<UInt16>, reciprocalDeviation: UnsafeMutablePointer<Float>
) {
    norm.rows.avx512bf16.endBlock(rows, values: values, bias: bias, residual: residual, dropout: dropout?.avx512bf16, normalized: normalized,
                                  reciprocalDeviation: reciprocalDeviation)
}

public func residualNormBackward(
    rowCount: Int, _ norm: LayerNormParameters, gradient: UnsafePointer<Float>,
    normalized: UnsafePointer<UInt16>, reciprocalDeviation: UnsafePointer<Float>, dropout: Dropout?,
    residualGradient: UnsafeMutablePointer<Float>, valuesGradient: UnsafeMutablePointer<UInt16>,
    parameterGradients: UnsafeMutablePointer<Float>?
) {
    let own = norm.rows.avx512bf16, dropout = dropout?.avx512bf16
    norm.forRowsWithSums(rowCount, parameterGradients) { rows, sums in
        own.endBlockBackward(
            rows, gradient: gradient, normalized: normalized, reciprocalDeviation: reciprocalDeviation, dropout: dropout,
            residualGradient: residualGradient, valuesGradient: valuesGradient, sums: sums)
    }
}

/// `output = normalized * weight + bias`: what ``residualNorm`` wrote over its values, from the normalised rows that it left.
/// - Parameters normalized, output: `[rows, width]`
public func scaleNormalized(
    rowCount: Int, _ norm: LayerNormParameters, normalized: UnsafePointer<UInt16>, output: UnsafeMutablePointer<UInt16>
) {
    let own = norm.rows.avx512bf16
    ThreadPool.shared.runRanges(count: rowCount, grain: 64) { own.scale($0, normalized: normalized, output: output) }
}

extension NormRows {
    /// The same in the code for AVX-512.
    var avx512: KernelsAVX512.NormRows { .init(width: width, weight: weight, bias: bias, epsilon: epsilon) }
    /// The same in the code that rounds to bfloat16.
    var avx512bf16: KernelsAVX512BF16.NormRows { .init(width: width, weight: weight, bias: bias, epsilon: epsilon) }
}

extension Dropout {
    /// The same in the code for AVX-512.
    var avx512: KernelsAVX512.Dropout { .init(threshold: threshold, philox: .init(key: philox.key), stream: stream) }
    /// The same in the code for products of bfloat16.
    var avx512bf16: KernelsAVX512BF16.Dropout { .init(threshold: threshold, philox: .init(key: philox.key), stream: stream) }
}
#endif

extension LayerNormParameters {
    /// Runs `body` on ranges of rows with partial sums of all three gradients, which are added to `gradients`.
    fileprivate func forRowsWithSums(
        _ rowCount: Int, _ gradients: UnsafeMutablePointer<Float>?, _ body: (Range<Int>, UnsafeMutablePointer<Float>) -> Void
    ) {
        runRowsWithSums(rows: rowCount, grain: 16, width: 3 * width, into: gradients, body)
    }
}
