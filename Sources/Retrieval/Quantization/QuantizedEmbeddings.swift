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
    /// `[rowCount, rowLength]`, without the shift of int8 and binary.
    let codes: [UInt8]

    /// - Parameters:
    ///   - embeddings: `[rows, dimension]`, or `[dimension]` for one.
    ///   - precision: not `.float32`.
    ///   - ranges: for int8 and uint8, `[2, dimension]`; by default those of `calibration`, else of the embeddings.
    ///   - calibration: `[rows, dimension]`, embeddings of texts as they will be met with.
    /// - Throws: ``TensorError`` for shapes that do not fit, or a single embedding without ranges.
    public init(_ embeddings: Tensor, precision: EmbeddingPrecision, ranges: Tensor? = nil, calibration: Tensor? = nil) throws {
        let source = (embeddings.rank == 1 ? try embeddings.unsqueeze(0) : embeddings).contiguous()
        try SimilarityFunction.check(source, source)
        self.precision = precision
        rowCount = source.shape[0]
        dimension = source.shape[1]
        rowLength = precision.isBinary ? (dimension + 7) / 8 : dimension
        var codes = [UInt8](repeating: 0, count: rowCount * rowLength)
        let (rows, width) = (rowCount, dimension)
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
            if codes.isEmpty { break }
            codes.withUnsafeMutableBufferPointer {
                quantizeRows(source.floats, rows: rows, columns: width, least: limits.floats, greatest: limits.floats + width, into: $0.baseAddress!)
            }
        }
        self.codes = codes
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
        let result = Tensor(uninitialized: [2, dimension])
        columnRanges(source.floats, rows: source.shape[0], columns: dimension, least: result.floats, greatest: result.floats + dimension)
        return result
    }

    private static func checked(_ ranges: Tensor, dimension: Int) throws -> Tensor {
        guard ranges.shape == [2, dimension] else {
            throw TensorError("""
                quantize: ranges of shape [2, \(dimension)] are wanted (least and greatest value of each dimension), got \
                \(ranges.shape)
                """)
        }
        return try ranges.toFloat32().contiguous()
    }
}
