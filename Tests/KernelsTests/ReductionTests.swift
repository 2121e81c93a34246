import Kernels
import Testing

@Suite("Reductions")
struct ReductionTests {
    @Test("sum a million equal small numbers without drift")
    func longSums() {
        let values = [Float](repeating: 0.1, count: 1_000_000)
        var sum: Float = 0
        sumElements(values, outer: 1, length: values.count, inner: 1, into: &sum)
        #expect(abs(sum - 100_000) < 0.01)
        var columns = [Float](repeating: 0, count: 4)
        sumElements(values, outer: 1, length: 250_000, inner: 4, into: &columns)
        #expect(columns.allSatisfy { abs($0 - 25_000) < 0.02 })
    }

    @Test("agree with sums in double at odd lengths", arguments: [0, 1, 15, 16, 17, 127, 128, 129, 1000], [1, 3, 16, 33])
    func oddLengths(length: Int, inner: Int) {
        let outer = 3
        let values = randomValues(max(1, outer * length * inner), seed: 11)
        var sums = [Float](repeating: 9, count: outer * inner)
        sumElements(values, outer: outer, length: length, inner: inner, scale: 2, into: &sums)
        for index in sums.indices {
            let (row, column) = (index / inner, index % inner)
            let expected = (0..<length).reduce(0.0) { $0 + Double(values[(row * length + $1) * inner + column]) }
            #expect(abs(Double(sums[index]) - 2 * expected) < 1e-5)
        }
    }

    @Test("softmax of large numbers neither overflows nor loses the sum", arguments: [1, 5, 16, 31, 1000])
    func softmaxSums(length: Int) {
        let values = randomValues(2 * length, seed: 2).map { 500 * $0 + 1000 }
        var output = values
        softmaxRows(values, rows: 2, length: length, into: &output)
        for row in 0..<2 { #expect(abs(output[row * length ..< (row + 1) * length].reduce(0, +) - 1) < 1e-5) }
    }

    @Test("top k of a row are the first k of its sorted form", arguments: [1, 2, 10, 100])
    func topIsSorted(k: Int) {
        // Few distinct values, so that there are ties.
        let values = randomValues(3 * 100, seed: 8).map { ($0 * 10).rounded() }
        var sorted = values, order = [Int64](repeating: 0, count: values.count)
        var best = [Float](repeating: 0, count: 3 * k), places = [Int64](repeating: 0, count: 3 * k)
        for largest in [true, false] {
            sortRows(values, rows: 3, length: 100, descending: largest, into: &sorted, indices: &order)
            topRows(values, rows: 3, length: 100, k: k, largest: largest, into: &best, indices: &places)
            for row in 0..<3 {
                #expect(Array(best[row * k ..< (row + 1) * k]) == Array(sorted[row * 100 ..< row * 100 + k]))
                #expect(Array(places[row * k ..< (row + 1) * k]) == Array(order[row * 100 ..< row * 100 + k]))
            }
        }
    }
}
