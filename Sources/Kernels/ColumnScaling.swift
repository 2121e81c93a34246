/// Multiplies each column of a `[rows, columns]` matrix by its factor, on the calling thread.
///
/// - Parameter factors: `[columns]`
public func scaleColumns(_ values: UnsafeMutablePointer<Float>, by factors: UnsafePointer<Float>, rows: Int, columns: Int) {
    for row in 0..<rows {
        let start = values + row * columns
        for column in 0..<columns { start[column] *= factors[column] }
    }
}
