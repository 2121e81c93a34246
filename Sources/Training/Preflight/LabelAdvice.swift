import Datasets
import TextFormat

/// What to do with labels that a loss cannot read, as a line of a script.
enum LabelAdvice {
    /// For labels that are texts.
    static func numbers(fromTexts labels: [DatasetValue], in name: String) -> String {
        let texts = labels.compactMap(\.asString)
        guard texts.count == labels.count, texts.allSatisfy({ Double($0) != nil }) else {
            return "turn labels into numbers with map, for instance { yes = 1, no = 0 }"
        }
        let type = texts.allSatisfy { Int64($0) != nil } ? "int64" : "float64"
        return "they are numbers written as texts: dataset = dataset:cast_column(\"\(name)\", \"\(type)\")"
    }

    /// For numbers that lie outside the range that the loss reads.
    /// - Parameter model: the kind of model, which decides the loss that takes numbers of any size.
    static func scaling(_ numbers: [Double], in name: String, to range: ClosedRange<Double>, model: String) -> String {
        let other = switch model {
        case "CrossEncoder": "MSELoss"
        case "SparseEncoder": "SparseCoSENTLoss"
        default: "CoSENTLoss"
        }
        let alternative = "use \(other), which takes numbers of any size"
        let finite = numbers.filter(\.isFinite)
        guard let least = finite.min(), let greatest = finite.max(), least < greatest, range.lowerBound.isFinite, range.upperBound.isFinite else {
            return alternative
        }
        let cell = name.first.map { $0.isLetter || $0 == "_" } ?? false && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            ? (key: name, value: "row.\(name)") : (key: "[\"\(name)\"]", value: "row[\"\(name)\"]")
        let width = range.upperBound - range.lowerBound
        let scaled: String
        if range.lowerBound <= 0, least >= 0 {
            // Ratings keep their zero; the greatest one seen may lie a little below the end of their scale.
            scaled = "\(cell.value) / \((greatest.rounded(.up) / range.upperBound).shortest)"
        } else {
            let shifted = least < 0 ? "\(cell.value) + \((-least).shortest)" : "\(cell.value) - \(least.shortest)"
            scaled = "(\(shifted)) / \(((greatest - least) / width).shortest)"
                + (range.lowerBound == 0 ? "" : " + \(range.lowerBound.shortest)")
        }
        return "scale them: dataset = dataset:map(function(row) return { \(cell.key) = \(scaled) } end); or \(alternative)"
    }
}
