import Encoders
import TextFormat

/// Counts how sparse the embeddings of an evaluation are, apart for each side of a comparison.
///
/// Keys for each side, such as `query`: `query_active_dims`, the mean number of elements of a row that are not zero, and
/// `query_sparsity_ratio`, the share of the others. A side without a name has keys without a prefix.
public final class SparsityMeter {
    private struct Side {
        let name: String
        var width = 0
        /// Sum of the mean numbers of active elements, by weight.
        var active = 0.0
        var weight = 0.0
        var rows = 0
        /// For each column, the rows that use it; empty where products are not counted.
        var uses: [Int] = []

        var activeDims: Double { weight == 0 ? 0 : active / weight }
        var sparsityRatio: Double { width == 0 ? 1 : 1 - activeDims / Double(width) }
    }

    private var sides: [Side]
    private let countsProducts: Bool

    /// - Parameter countsProducts: adds `avg_flops`: the sum over columns of the share of rows of the first side times the share of
    ///   rows of the second that use it, which is the mean number of products that comparing two rows takes.
    init(sides: [String] = [""], countsProducts: Bool = false) {
        self.sides = sides.map { Side(name: $0) }
        self.countsProducts = countsProducts
    }

    var keys: [String] {
        sides.flatMap { side in ["active_dims", "sparsity_ratio"].map { side.name.isEmpty ? $0 : side.name + "_" + $0 } }
            + (countsProducts ? ["avg_flops"] : [])
    }

    /// - Parameters:
    ///   - side: its place in the list of sides.
    ///   - weight: of these rows' mean in that of the side.
    func count(_ embeddings: TextEmbeddings, side: Int = 0, weight: Double = 1) {
        guard case .sparse(let matrix) = embeddings, matrix.rowCount > 0 else { return }
        sides[side].width = matrix.columnCount
        sides[side].active += weight * matrix.sparsity.activeDims
        sides[side].weight += weight
        sides[side].rows += matrix.rowCount
        if !countsProducts { return }
        if sides[side].uses.isEmpty { sides[side].uses = [Int](repeating: 0, count: matrix.columnCount) }
        for column in matrix.indices { sides[side].uses[Int(column)] += 1 }
    }

    /// In the order of ``keys``.
    var values: [Double] {
        sides.flatMap { [$0.activeDims, $0.sparsityRatio] } + (countsProducts ? [averageProducts] : [])
    }

    private var averageProducts: Double {
        let pairs = Double(sides[0].rows) * Double(sides[1].rows)
        let products = zip(sides[0].uses, sides[1].uses).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        return pairs == 0 ? 0 : products / pairs
    }

    /// A line of a summary.
    func describe(at moment: EvaluationMoment) {
        let parts = sides.map { side in
            (side.name.isEmpty ? "" : side.name + " ") + "\(side.activeDims.fixed(1)) (\((side.sparsityRatio * 100).fixed(2)) % zeros)"
        }
        moment.log?("  active dimensions: " + parts.joined(separator: ", ")
            + (countsProducts ? "; products of a comparison: \(averageProducts.fixed(2))" : ""))
    }
}
