/// Eigenvalues and eigenvectors of a symmetric matrix, by LAPACK's `dsyevd`.
///
/// - Parameters:
///   - matrix: `[size, size]`; becomes the eigenvectors of length 1, one in each row.
///   - values: `[size]`, ascending, in the order of the rows.
/// - Returns: whether the iteration came to an end; it does for every matrix of finite numbers.
public func symmetricEigen(_ matrix: UnsafeMutablePointer<Double>, size: Int, values: UnsafeMutablePointer<Double>) -> Bool {
    size == 0 || OpenBLAS.shared.eigenvectors(matrix, size: size, values: values)
}
