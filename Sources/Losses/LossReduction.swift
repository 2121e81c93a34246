import Tensors

/// How the losses of single elements become one number (`reduction`).
public enum LossReduction: String, CaseIterable, Sendable {
    case mean, sum

    /// The same for functions on tensors, which may also leave elements single.
    package var functional: Functional.Reduction { self == .mean ? .mean : .sum }
}
