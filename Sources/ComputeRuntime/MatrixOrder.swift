/// How a stored matrix is read by a product.
public enum MatrixOrder: Sendable {
    /// As stored, row by row.
    case normal
    /// Rows and columns exchanged.
    case transposed
}
