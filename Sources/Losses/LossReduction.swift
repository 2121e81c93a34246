import Tensors

/// How the losses of single elements become one number (`reduction`).
public enum LossReduction: String, CaseIterable, Sendable {
    case mean, sum

    /// Reduces every element of `losses` to one.
    func callAsFunction(_ losses: Tensor) throws -> Tensor {
        switch self {
        case .mean: return try losses.mean()
        case .sum: return try losses.sum()
        }
    }
}
