import Files
import JSON
import Tensors

/// Scales embeddings to length 1.
public final class Normalize: Module {
    public let type = ModuleType.normalize
    /// What it reads and replaces.
    public let feature: FeatureName

    public init(feature: FeatureName = .sentenceEmbedding) { self.feature = feature }

    /// Reads a module folder; older ones have no file.
    convenience init(folder: String) throws {
        let source = try ConfigurationFile.ifPresent(Path.join(folder, "config.json"))
        self.init(feature: try source.map { try FeatureName($0) } ?? .sentenceEmbedding)
    }

    public func check(_ widths: inout FeatureWidths) throws { try widths.require(feature, for: type) }

    public func forward(_ features: inout ModuleFeatures) throws {
        features[feature] = try features[feature]?.normalize(dim: 1)
    }

    public var settings: JSONObject {
        ["module_input_name": .string(feature.rawValue), "module_output_name": .string(feature.rawValue)]
    }
}
