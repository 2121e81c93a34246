import Files
import JSON
import Tensors

/// Dropout of sentence embeddings while training.
public final class DropoutModule: Module {
    public let type = ModuleType.dropout
    /// Of setting an element to 0, in `0..<1`.
    public let probability: Double
    public var isTraining = false

    /// - Throws: ``ModelError`` for a probability outside `0..<1`.
    public init(probability: Double = 0.2) throws {
        guard (0..<1).contains(probability) else { throw ModelError("Dropout: dropout: a number from 0 to below 1 is wanted, it is \(probability)") }
        self.probability = probability
    }

    /// Reads a module folder.
    convenience init(folder: String) throws {
        try self.init(probability: ConfigurationFile(path: Path.join(folder, "config.json")).number("dropout", default: 0.2))
    }

    public func check(_ widths: inout FeatureWidths) throws { try widths.require(.sentenceEmbedding, for: type) }

    public func forward(_ features: inout ModuleFeatures) throws {
        if isTraining { features.sentenceEmbedding = try features.sentenceEmbedding?.dropout(p: probability) }
    }

    public var settings: JSONObject { ["dropout": .number(probability)] }
}
