import Tensors
import TextFormat

/// Tensors as text for people: numbers in columns of one width and one scale, long rows and columns cut in the middle,
/// type and shape in the last line.
struct TensorText {
    /// Columns of text to stay within.
    var width = TerminalWidth.ofOutput
    /// Rows of a matrix that are shown at most.
    var maximumRows = 20
    /// Matrices of a tensor with more dimensions that are shown at most.
    var maximumMatrices = 6

    /// The whole text, without a line break at the end.
    func text(of tensor: Tensor) -> String {
        let summary = Self.summary(tensor)
        if tensor.count == 0 { return summary }
        let shown = Elements(tensor, self)
        var lines = shown.format.scaleLine.map { [$0] } ?? []
        if tensor.rank <= 2 {
            lines += matrix(shown, at: [])
        } else {
            let outer = Array(tensor.shape.dropLast(2))
            let count = outer.reduce(1, *)
            for (number, matrixNumber) in Self.picked(count, limit: maximumMatrices).enumerated() {
                guard let index = matrixNumber else {
                    lines.append("...")
                    continue
                }
                if number > 0 { lines.append("") }
                var rest = index, place: [Int] = []
                for length in outer.reversed() {
                    place.insert(rest % length, at: 0)
                    rest /= length
                }
                lines.append("[" + place.map { "\($0 + 1)" }.joined(separator: ", ") + "]")
                lines += matrix(shown, at: place)
            }
        }
        return (lines + [summary]).joined(separator: "\n")
    }

    /// One line: type and shape, and the values of a short vector or a scalar.
    static func oneLine(_ tensor: Tensor) -> String {
        guard tensor.rank <= 1, tensor.count > 0, tensor.count <= 6 else { return summary(tensor) }
        let values = (try? tensor.detach().toFloat32().floatArray()) ?? []
        let format = NumberFormat(values, isWhole: tensor.dtype != .float32)
        let words = format.scaleLine == nil ? values.map { format.text($0) } : values.map { "\($0)" }
        return summary(tensor) + " " + (tensor.rank == 0 ? words[0] : "{" + words.joined(separator: ", ") + "}")
    }

    /// `float32 tensor of shape [2, 3]`, and what there is to know about gradients.
    static func summary(_ tensor: Tensor) -> String {
        let shape = tensor.rank == 0 ? "without dimensions" : "of shape [" + tensor.shape.map { "\($0)" }.joined(separator: ", ") + "]"
        let gradient = tensor.node.map { ", computed by \($0.name)" } ?? (tensor.requiresGrad ? ", requires grad" : "")
        return "\(tensor.dtype.rawValue) tensor \(shape)\(gradient)"
    }

    /// The positions to show of `count`, with nil for those left out in the middle.
    static func picked(_ count: Int, limit: Int) -> [Int?] {
        if count <= limit { return Array(0..<count) }
        let head = (limit + 1) / 2, tail = limit - head
        return Array(0..<head) + [nil] + Array(count - tail..<count)
    }

    private func matrix(_ elements: Elements, at place: [Int]) -> [String] {
        let rows = elements.rows.count == 1 ? elements.rows : Self.picked(elements.rowCount, limit: maximumRows)
        return rows.map { row in
            guard let row else { return " ..." }
            return elements.columns.map { column in
                column.map { " " + elements.word(place, row, $0) } ?? " ..."
            }.joined()
        }
    }

    /// The elements that are shown, and their common format.
    private struct Elements {
        let tensor: Tensor
        let format: NumberFormat
        let rowCount: Int
        let rows: [Int?]
        let columns: [Int?]

        init(_ tensor: Tensor, _ settings: TensorText) {
            self.tensor = tensor.detach()
            rowCount = tensor.rank < 2 ? 1 : tensor.shape[tensor.rank - 2]
            rows = TensorText.picked(rowCount, limit: settings.maximumRows)
            let columnCount = tensor.rank == 0 ? 1 : tensor.shape[tensor.rank - 1]
            // The format of all elements that could be shown; large tensors are sampled at their ends only.
            let corner = Self.corner(self.tensor, limit: Swift.max(settings.maximumRows, settings.width / 2))
            format = NumberFormat(corner, isWhole: tensor.dtype != .float32, isTruth: tensor.dtype == .bool)
            let fitting = Swift.max(2, (settings.width - 4) / (format.columnWidth + 1))
            let all = settings.width / (format.columnWidth + 1)
            columns = columnCount <= all ? Array(0..<columnCount) : TensorText.picked(columnCount, limit: fitting)
        }

        func word(_ place: [Int], _ row: Int, _ column: Int) -> String {
            let index = place + (tensor.rank >= 2 ? [row, column] : tensor.rank == 1 ? [column] : [])
            let offset = tensor.offset + zip(index, tensor.strides).reduce(0) { $0 + $1.0 * $1.1 }
            let element = Tensor(storage: tensor.storage, shape: [], offset: offset, dtype: tensor.dtype)
            return format.padded(element)
        }

        /// The elements near both ends of each dimension.
        private static func corner(_ tensor: Tensor, limit: Int) -> [Float] {
            var part = tensor
            for dimension in 0..<tensor.rank where part.shape[dimension] > 2 * limit {
                let length = part.shape[dimension]
                if let head = try? part.narrow(dim: dimension, start: 0, length: limit),
                   let tail = try? part.narrow(dim: dimension, start: length - limit, length: limit),
                   let both = try? Tensor.cat([head, tail], dim: dimension) { part = both }
            }
            return (try? part.toFloat32().floatArray()) ?? []
        }
    }
}
