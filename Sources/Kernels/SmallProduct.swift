/// `c[m, n] = a[m, k] * b[k, n]` (or `c +=`), float32, on the calling thread: for the small matrices of attention, where
/// a call of a general library costs more than the product.
///
/// - Parameters:
///   - rowStrideA, columnStrideA: elements between rows and columns of `a`, so that a transposed matrix can be read in place.
///   - n: a multiple of 16.
///   - accumulate: whether `c` is added to instead of overwritten.
@inline(__always)
func smallProduct(
    _ a: UnsafePointer<Float>, rowStrideA: Int, columnStrideA: Int = 1,
    _ b: UnsafePointer<Float>, rowStrideB: Int,
    into c: UnsafeMutablePointer<Float>, rowStrideC: Int, m: Int, n: Int, k: Int, accumulate: Bool = false
) {
    var column = 0
    while column < n {
        var row = 0
        while row + 4 <= m {
            productTile4(a + row * rowStrideA, rowStrideA, columnStrideA, b + column, rowStrideB,
                         c + row * rowStrideC + column, rowStrideC, k, accumulate)
            row += 4
        }
        while row < m {
            productTile1(a + row * rowStrideA, columnStrideA, b + column, rowStrideB, c + row * rowStrideC + column, k, accumulate)
            row += 1
        }
        column += 16
    }
}

/// Four rows by sixteen columns, held in registers.
private func productTile4(
    _ a: UnsafePointer<Float>, _ rowStrideA: Int, _ columnStrideA: Int, _ b: UnsafePointer<Float>, _ rowStrideB: Int,
    _ c: UnsafeMutablePointer<Float>, _ rowStrideC: Int, _ k: Int, _ accumulate: Bool
) {
    var sum0 = FloatVector(), sum1 = FloatVector(), sum2 = FloatVector(), sum3 = FloatVector()
    if accumulate {
        sum0 = FloatVector(loading: c)
        sum1 = FloatVector(loading: c + rowStrideC)
        sum2 = FloatVector(loading: c + 2 * rowStrideC)
        sum3 = FloatVector(loading: c + 3 * rowStrideC)
    }
    for inner in 0..<k {
        let right = FloatVector(loading: b + inner * rowStrideB)
        let left = a + inner * columnStrideA
        sum0.addProduct(FloatVector(repeating: left[0]), right)
        sum1.addProduct(FloatVector(repeating: left[rowStrideA]), right)
        sum2.addProduct(FloatVector(repeating: left[2 * rowStrideA]), right)
        sum3.addProduct(FloatVector(repeating: left[3 * rowStrideA]), right)
    }
    sum0.store(to: c)
    sum1.store(to: c + rowStrideC)
    sum2.store(to: c + 2 * rowStrideC)
    sum3.store(to: c + 3 * rowStrideC)
}

/// One row by sixteen columns.
private func productTile1(
    _ a: UnsafePointer<Float>, _ columnStrideA: Int, _ b: UnsafePointer<Float>, _ rowStrideB: Int,
    _ c: UnsafeMutablePointer<Float>, _ k: Int, _ accumulate: Bool
) {
    var sum = accumulate ? FloatVector(loading: c) : FloatVector()
    for inner in 0..<k {
        sum.addProduct(FloatVector(repeating: a[inner * columnStrideA]), FloatVector(loading: b + inner * rowStrideB))
    }
    sum.store(to: c)
}
