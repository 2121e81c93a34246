/// The softmax of ``InBatchCrossEntropy`` over a block of rows: products become the gradients of the columns that a prefix adds.
///
/// A row is in the first caches from its products over the shortest prefix to its last gradient. Rows end with a vector's
/// remaining lanes of scores so low that they weigh nothing.
struct InBatchSoftmax {
    /// `[prefixes, rows of the block, stride]`; of each prefix, the products over the columns that it adds.
    let scores: UnsafeMutablePointer<Float>
    /// Elements between the scores of two prefixes, and between rows; the latter a multiple of 16.
    let slab: Int, stride: Int
    let documents: Int
    /// What brings each document to length 1, `[prefixes, stride]`; 1 past the last.
    let documentFactors: UnsafePointer<Float>
    /// The same of queries, `[prefixes, queryStride]`.
    let queryFactors: UnsafePointer<Float>
    let queryStride: Int
    /// Sums over documents of products times their gradients, `[prefixes, queryStride]`.
    let querySums: UnsafeMutablePointer<Float>
    let prefixes: [(dimension: Int, weight: Float)]
    let scale: Float
    /// Of the batch.
    let rows: Int

    /// A score that no other is below; its product with a factor stays finite.
    private static let lowest: Float = -1e30

    /// Some rows of the block.
    /// - Parameters:
    ///   - first: the row of the batch that the block begins with; its positive is the document of that number.
    ///   - documentSums: sums over queries as ``querySums``, `[prefixes, stride]`, added to; nil where no gradient is wanted.
    ///   - losses: of each row of the batch, overwritten.
    func run(_ range: Range<Int>, first: Int, documentSums: UnsafeMutablePointer<Float>?, losses: UnsafeMutablePointer<Double>) {
        withUnsafeTemporaryAllocation(of: Float.self, capacity: stride + prefixes.count) { room in
            let weights = room.baseAddress!, greatest = weights + stride
            for line in range {
                let row = first + line, x = scores + line * stride
                accumulate(x, greatest)
                var loss = 0.0
                for k in prefixes.indices.reversed() {
                    let factors = documentFactors + k * stride, factor = queryFactors[k * queryStride + row], products = x + k * slab
                    let top = greatest[k] * factor * scale, positive = products[row] * factors[row] * factor * scale
                    let sum = exponentials(products, factors, factor * scale, top, weights)
                    loss += Double(prefixes[k].weight) * (Double(VectorMath.log(FloatVector(repeating: sum))[0]) + Double(top) - Double(positive))
                    guard let documentSums else { continue }
                    // The gradient of a logit is its share of the softmax, less one for the positive.
                    weights[row] -= sum
                    let share = prefixes[k].weight * scale / Float(rows) / sum * factor
                    querySums[k * queryStride + row] = gradient(
                        weights, products, factors, share, beyond: k == prefixes.count - 1 ? nil : products + slab, documentSums + k * stride)
                }
                losses[row] = loss
            }
        }
    }

    /// Products over whole prefixes from those over their pieces, and the greatest times its document's factor of each.
    @inline(__always)
    private func accumulate(_ x: UnsafeMutablePointer<Float>, _ greatest: UnsafeMutablePointer<Float>) {
        for k in prefixes.indices {
            let products = x + k * slab, shorter = x + max(0, k - 1) * slab, factors = documentFactors + k * stride
            for column in documents..<stride { products[column] = k == 0 ? Self.lowest : 0 }
            var most = FloatVector(repeating: -.infinity)
            for index in Swift.stride(from: 0, to: stride, by: 16) {
                var product = FloatVector(loading: products + index)
                if k > 0 {
                    product += FloatVector(loading: shorter + index)
                    product.store(to: products + index)
                }
                most = greater(most, product * FloatVector(loading: factors + index))
            }
            greatest[k] = most.greatest
        }
    }

    /// `weights = exp(products * factors * scale - top)`. - Returns: their sum.
    @inline(__always)
    private func exponentials(
        _ products: UnsafePointer<Float>, _ factors: UnsafePointer<Float>, _ scale: Float, _ top: Float, _ weights: UnsafeMutablePointer<Float>
    ) -> Float {
        var total = FloatVector()
        let less = FloatVector(repeating: -top)
        for index in Swift.stride(from: 0, to: stride, by: 16) {
            let scaled = FloatVector(loading: products + index) * scale
            let weight = VectorMath.exp(less.addingProduct(scaled, FloatVector(loading: factors + index)))
            weight.store(to: weights + index)
            total += weight
        }
        return total.treeSum
    }

    /// `products = weights * factors * share + beyond`. - Returns: the sum of the products times their own gradients, which is also added
    /// to `sums` for each document.
    @inline(__always)
    private func gradient(
        _ weights: UnsafePointer<Float>, _ products: UnsafeMutablePointer<Float>, _ factors: UnsafePointer<Float>, _ share: Float,
        beyond: UnsafePointer<Float>?, _ sums: UnsafeMutablePointer<Float>
    ) -> Float {
        var total = FloatVector()
        for index in Swift.stride(from: 0, to: stride, by: 16) {
            var slope = FloatVector(loading: weights + index) * FloatVector(loading: factors + index) * share
            let part = slope * FloatVector(loading: products + index)
            total += part
            (FloatVector(loading: sums + index) + part).store(to: sums + index)
            if let beyond { slope += FloatVector(loading: beyond + index) }
            slope.store(to: products + index)
        }
        return total.treeSum
    }
}
