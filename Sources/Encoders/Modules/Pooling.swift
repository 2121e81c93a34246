import Files
import JSON
import Kernels
import Tensors

/// Makes one vector of a sequence's token embeddings; several modes are joined end to end.
public final class Pooling: Module {
    public let type = ModuleType.pooling

    /// The ways to pool, under the reference's names. `n` is the number of tokens.
    public enum Mode: String, CaseIterable, Sendable {
        /// The first token.
        case cls
        /// The greatest of each element.
        case max
        /// The sum divided by `n`.
        case mean
        /// The sum divided by the square root of `n`.
        case meanSquareRoot = "mean_sqrt_len_tokens"
        /// The mean weighted by position, from 1.
        case weightedMean = "weightedmean"
        /// The last token.
        case lastToken = "lasttoken"
    }

    public let modes: [Mode]
    /// Elements of a token embedding.
    public let width: Int
    /// Whether tokens of the prompt are pooled too.
    public var includesPrompt: Bool

    public init(modes: [Mode] = [.mean], width: Int, includesPrompt: Bool = true) {
        self.modes = modes
        self.width = width
        self.includesPrompt = includesPrompt
    }

    /// Reads `config.json` of a pooling module, with `pooling_mode` or the older `pooling_mode_*` flags.
    /// - Throws: ``ModelError`` naming the file and the key.
    init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        width = try source.size(source.object["embedding_dimension"] == nil ? "word_embedding_dimension" : "embedding_dimension")
        includesPrompt = try source.bool("include_prompt", default: true)
        if let value = source.object["pooling_mode"], !value.isNull {
            let names = value.asString.map { [$0] } ?? value.asArray?.map { $0.asString ?? "" } ?? []
            modes = try names.map { name in
                guard let mode = Mode(rawValue: name) else {
                    throw ModelError("""
                        \(source.path): pooling_mode \"\(name)\" is not known; known are \
                        \(Mode.allCases.map(\.rawValue).joined(separator: ", "))
                        """)
                }
                return mode
            }
            if modes.isEmpty { throw ModelError("\(source.path): pooling_mode: a name or a list of names is wanted") }
            if Set(modes).count < modes.count { throw ModelError("\(source.path): pooling_mode: a name comes twice") }
        } else {
            let flags: [(String, Mode)] = [
                ("pooling_mode_cls_token", .cls), ("pooling_mode_max_tokens", .max), ("pooling_mode_mean_tokens", .mean),
                ("pooling_mode_mean_sqrt_len_tokens", .meanSquareRoot), ("pooling_mode_weightedmean_tokens", .weightedMean),
                ("pooling_mode_lasttoken", .lastToken),
            ]
            let active = try flags.filter { try source.bool($0.0, default: false) }.map(\.1)
            modes = active.isEmpty ? [.mean] : active
        }
    }

    /// Elements of a pooled vector.
    public var outputWidth: Int { modes.count * width }

    public var embeddingDimension: Int? { outputWidth }

    /// Whether only the first token of each sequence matters.
    func needsFirstOnly(promptLength: Int) -> Bool { modes == [.cls] && (includesPrompt || promptLength == 0) }

    public func check(_ widths: inout FeatureWidths) throws {
        try widths.require(.tokenEmbeddings, width: width, for: type)
        widths.sentence = outputWidth
    }

    public func forward(_ features: inout ModuleFeatures) throws {
        if let first = features.firstTokenEmbeddings {
            features.sentenceEmbedding = first
        } else if let tokens = features.tokenEmbeddings {
            features.sentenceEmbedding = self(tokens, offsets: features.offsets, promptLength: features.promptLength)
        } else {
            throw ModelError("Pooling: the batch has no token_embeddings")
        }
    }

    public var settings: JSONObject {
        let names = modes.map { JSONValue.string($0.rawValue) }
        return ["embedding_dimension": .integer(Int64(width)), "pooling_mode": names.count == 1 ? names[0] : .array(names),
                "include_prompt": .bool(includesPrompt)]
    }

    /// - Parameters:
    ///   - tokens: `[tokens, width]`
    ///   - offsets: sequence `s` is `offsets[s] ..< offsets[s + 1]`.
    ///   - promptLength: tokens at the start of each sequence that are left out unless ``includesPrompt``.
    /// - Returns: `[sequences, outputWidth]`, on the tape as one node.
    public func callAsFunction(_ tokens: Tensor, offsets: [Int], promptLength: Int = 0) -> Tensor {
        let x = tokens.contiguous()
        let skipped = includesPrompt ? 0 : promptLength
        let segments = (0 ..< offsets.count - 1).map { PooledSegment(start: offsets[$0], end: offsets[$0 + 1], skipped: skipped) }
        let result = Tensor(uninitialized: [segments.count, outputWidth])
        let kernels = modes.map(\.kernel)
        poolSegments(x.floats, width: width, segments: segments, modes: kernels, output: result.floats)
        // Only of greatest elements it matters what they were.
        let kept = modes.contains(.max) ? x : nil, shape = x.shape
        return result.recorded(as: "pooling", from: [kept ?? x.withoutValues()]) { [width] gradient in
            let inputGradient = Tensor(zeros: shape)
            poolSegmentsBackward(gradient.floats, input: kept?.floats, width: width, segments: segments, modes: kernels,
                inputGradient: inputGradient.floats)
            return [inputGradient]
        }
    }
}

extension Pooling.Mode {
    var kernel: PoolingKernel {
        switch self {
        case .cls: return .first
        case .max: return .greatest
        case .mean: return .mean
        case .meanSquareRoot: return .meanSquareRoot
        case .weightedMean: return .weightedMean
        case .lastToken: return .last
        }
    }
}
