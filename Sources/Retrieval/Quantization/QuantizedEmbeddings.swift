import Encoders
import Kernels
import Tensors

/// Embeddings kept with one byte or one bit a number: a quarter or a thirty-second of the memory of float32.
///
/// Arithmetic is done on float32, into which blocks of rows are turned back where they are needed.
public final class QuantizedEmbeddings {
    /// One of the four small ones.
    public let precision: EmbeddingPrecision
    public let rowCount: Int
    /// Numbers of an embedding before it was quantized.
    public let dimension: Int
    /// Bytes of a stored row.
    public let rowLength: Int
    /// The least and the greatest value of each dimension, `[2, dimension]`; nil for binary ones.
    public let ranges: Tensor?
    /// What a user should know of the ranges, a sentence each.
    public let notes: [String]
    /// `[rowCount, rowLength]`, without the shift of int8 and binary.
    let codes: [UInt8]

    /// Fewer embeddings than this give ranges that other texts will often leave.
    private static let stableCount = 100
    /// Values of a column that differ by less than this share of the greatest value of all differ by rounding alone: the same text in
    /// two batches.
    private static let rounding: Float = 0x1p-19

    /// - Parameters:
    ///   - embeddings: `[rows, dimension]`, or `[dimension]` for one.
    ///   - precision: not `.float32`.
    ///   - ranges: for int8 and uint8, `[2, dimension]`; by default those of `calibration`, else of the embeddings.
    ///   - calibration: `[rows, dimension]`, embeddings of texts as they will be met with.
    ///
    /// A column whose values differ by no more than rounding has no range: it is constant, and every value in it gets the code 0.
    /// - Throws: ``TensorError`` for shapes that do not fit, numbers that are not finite, or a single embedding without ranges.
    public init(_ embeddings: Tensor, precision: EmbeddingPrecision, ranges: Tensor? = nil, calibration: Tensor? = nil) throws {
        let source = (embeddings.rank == 1 ? try embeddings.unsqueeze(0) : embeddings).contiguous()
        try SimilarityFunction.check(source, source)
        self.precision = precision
        rowCount = source.shape[0]
        dimension = source.shape[1]
        rowLength = precision.isBinary ? (dimension + 7) / 8 : dimension
        var codes = [UInt8](repeating: 0, count: rowCount * rowLength)
        let (rows, width) = (rowCount, dimension)
        try Self.requireFinite(source, "embedding")
        var notes: [String] = []
        switch precision {
        case .float32: throw TensorError("quantize: float32 is the precision that embeddings have; use int8, uint8, binary or ubinary")
        case .binary, .ubinary:
            self.ranges = nil
            if codes.isEmpty { break }
            codes.withUnsafeMutableBufferPointer { packSigns(source.floats, rows: rows, columns: width, into: $0.baseAddress!) }
        case .int8, .uint8:
            let limits = try ranges.map { try Self.checked($0, dimension: width) }
                ?? Self.ranges(of: calibration ?? source, dimension: width, isCalibration: calibration != nil)
            self.ranges = limits
            if ranges == nil, let note = Self.note(precision, calibration?.shape.first ?? rows, isCalibration: calibration != nil) { notes.append(note) }
            if codes.isEmpty { break }
            codes.withUnsafeMutableBufferPointer {
                quantizeRows(source.floats, rows: rows, columns: width, least: limits.floats, greatest: limits.floats + width, into: $0.baseAddress!)
            }
        }
        self.codes = codes
        self.notes = notes
    }

    /// What is to be said of ranges from so many embeddings.
    private static func note(_ precision: EmbeddingPrecision, _ count: Int, isCalibration: Bool) -> String? {
        if count >= stableCount || count == 0 { return nil }
        return "the ranges of \(precision.rawValue) are taken from \(count) \(isCalibration ? "calibration " : "")embedding\(count == 1 ? "" : "s"), which "
            + "other texts will often leave; take them from \(stableCount) or more, with the options ranges or calibration_embeddings of "
            + "sentx.util.quantize_embeddings"
    }

    /// The stored numbers, `[rows, rowLength]`, int64: from -128 to 127 for int8 and binary, from 0 to 255 for the others.
    public func values() -> Tensor {
        let shift: Int64 = precision == .int8 || precision == .binary ? 128 : 0
        return Tensor(codes.map { Int64($0) - shift }, shape: [rowCount, rowLength])
    }

    /// The stored numbers of a range of rows as float32, a bit as 0 or 1: `[rows, dimension]`.
    public func numbers(_ range: Range<Int>? = nil) -> Tensor {
        let range = range ?? 0..<rowCount
        let result = Tensor(uninitialized: [range.count, dimension])
        if range.isEmpty || dimension == 0 { return result }
        codes.withUnsafeBufferPointer { codes in
            let start = codes.baseAddress! + range.lowerBound * rowLength
            if precision.isBinary {
                unpackSigns(start, rows: range.count, columns: dimension, into: result.floats)
            } else {
                scaleCodes(start, rows: range.count, columns: dimension, shift: precision == .int8 ? -128 : 0, into: result.floats)
            }
        }
        return result
    }

    /// What the embeddings of a range of rows were, as near as is still known: the lower end of each step for int8 and
    /// uint8, 0 or 1 for binary ones. `[rows, dimension]`
    public func dequantized(_ range: Range<Int>? = nil) -> Tensor {
        guard let ranges else { return numbers(range) }
        let range = range ?? 0..<rowCount
        let result = Tensor(uninitialized: [range.count, dimension])
        if range.isEmpty || dimension == 0 { return result }
        codes.withUnsafeBufferPointer { codes in
            dequantizeRows(codes.baseAddress! + range.lowerBound * rowLength, rows: range.count, columns: dimension, least: ranges.floats,
                           greatest: ranges.floats + dimension, into: result.floats)
        }
        return result
    }

    /// The least and greatest value of each dimension of `embeddings`: `[2, dimension]`.
    /// - Throws: ``TensorError`` for a single embedding, which has no range.
    public static func ranges(of embeddings: Tensor) throws -> Tensor {
        try ranges(of: embeddings, dimension: embeddings.shape.last ?? 0, isCalibration: true)
    }

    private static func ranges(of embeddings: Tensor, dimension: Int, isCalibration: Bool) throws -> Tensor {
        let source = embeddings.contiguous()
        guard source.rank == 2, source.shape[1] == dimension else {
            throw TensorError("quantize: calibration_embeddings of shape [rows, \(dimension)] are wanted, got \(embeddings.shape)")
        }
        if source.shape[0] == 0 && !isCalibration { return Tensor(zeros: [2, dimension]) }
        guard source.shape[0] > 1 || isCalibration && source.shape[0] == 1 else {
            throw TensorError("quantize: the range of a single embedding is not known; give ranges, or calibration_embeddings of many texts")
        }
        try requireFinite(source, isCalibration ? "calibration embedding" : "embedding")
        let result = Tensor(uninitialized: [2, dimension])
        let (least, greatest) = (result.floats, result.floats + dimension)
        columnRanges(source.floats, rows: source.shape[0], columns: dimension, least: least, greatest: greatest)
        let largest = (0..<2 * dimension).reduce(Float(0)) { max($0, abs(result.floats[$1])) }
        for column in 0..<dimension {
            let width = greatest[column] - least[column]
            if !width.isFinite { throw TensorError("quantize: dimension \(column + 1) ranges from \(least[column]) to \(greatest[column]), which is too far") }
            if width > largest * rounding { continue }
            let middle = least[column] + width / 2
            (least[column], greatest[column]) = (middle, middle)
        }
        return result
    }

    /// - Parameters:
    ///   - embeddings: `[rows, dimension]`
    ///   - what: what a row is called.
    private static func requireFinite(_ embeddings: Tensor, _ what: String) throws {
        if let bad = TextEmbeddings.dense(embeddings).firstNotFinite {
            throw TensorError("quantize: \(what) \(bad.row + 1) of \(embeddings.shape[0]) holds \(bad.value), which has no code")
        }
    }

    private static func checked(_ ranges: Tensor, dimension: Int) throws -> Tensor {
        guard ranges.shape == [2, dimension] else {
            throw TensorError("""
                quantize: ranges of shape [2, \(dimension)] are wanted (least and greatest value of each dimension), got \
                \(ranges.shape)
                """)
        }
        let ranges = try ranges.toFloat32().contiguous()
        for column in 0..<dimension {
            let (least, greatest) = (ranges.floats[column], ranges.floats[dimension + column])
            guard least <= greatest, (greatest - least).isFinite else {
                throw TensorError("quantize: ranges go from \(least) to \(greatest) in dimension \(column + 1); the first row holds the least values, the "
                    + "second the greatest")
            }
        }
        return ranges
    }
}
