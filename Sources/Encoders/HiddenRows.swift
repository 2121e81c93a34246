import Kernels
import Tensors

/// Rows between the blocks of a transformer: what the next block reads, and what is left of them for its backward pass.
struct HiddenRows {
    /// `[rows, hidden]`
    let values: Tensor
    /// What the norm that made the values keeps rounded for its own backward pass; nil where it keeps nothing or float32.
    let normalized: NormalizedRows?

    init(_ values: Tensor, normalized: NormalizedRows? = nil) {
        self.values = values
        self.normalized = normalized
    }
}

/// Rows from a norm before its weight and bias, bits of bfloat16. The next block's input is made from them again, so that they alone
/// wait for the backward passes of both.
struct NormalizedRows {
    /// `[rows, width]`
    let rows: ProductRows
    let norm: LayerNorm

    /// Nil where the norm keeps nothing or float32.
    init?(_ rows: ProductRows?, norm: LayerNorm) {
        guard let rows, rows.bits != nil else { return nil }
        self.rows = rows
        self.norm = norm
    }

    /// The rows with weight and bias, rounded.
    func scaled(rows count: Int) -> ProductRows {
        let result = ProductRows(rows: count, width: norm.weight.count, .bfloat16)
        #if arch(x86_64)
        scaleNormalized(rowCount: count, norm.kernelParameters, normalized: rows.bits!, output: result.bits!)
        #endif
        return result
    }
}

/// The input of a block as the gradients of its first weights find it again, `[rows, hidden]`.
enum KeptInput {
    case rows(ProductRows)
    case normalized(NormalizedRows)

    /// - Parameter count: of the rows.
    func productRows(_ count: Int) -> ProductRows {
        switch self {
        case .rows(let rows): return rows
        case .normalized(let normalized): return normalized.scaled(rows: count)
        }
    }

    /// The input itself where it is kept in float32.
    var float32: Tensor? {
        guard case .rows(.float32(let values)) = self else { return nil }
        return values
    }
}
