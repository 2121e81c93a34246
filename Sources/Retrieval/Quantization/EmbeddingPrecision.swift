/// How the numbers of stored embeddings are kept.
public enum EmbeddingPrecision: String, CaseIterable, Sendable {
    case float32
    /// One byte a number: which of 256 equal steps between a dimension's least and greatest value it lies in, less 128.
    case int8
    /// The same from 0.
    case uint8
    /// One bit a number: whether it is above 0; eight to a byte, the first in the highest bit. A byte is stored less 128.
    case binary
    /// The same, the byte as it is.
    case ubinary

    /// Whether one bit stands for a number.
    public var isBinary: Bool { self == .binary || self == .ubinary }
}
