import Glibc
import JSON
import Losses

/// How much each layer counts in ``AdaptiveLayerLoss``.
public enum LayerWeighting {
    /// All alike (Li et al. 2024, arXiv 2402.14776v1; Zhuang et al. 2024: Starbucks, arXiv 2410.13230).
    case uniform
    /// `1 / (1 + ln(1 + i))` for layer i (Li et al. 2024: ESE, arXiv 2402.14776v2).
    case log
    /// `1 / (1 + i)` for layer i.
    case linear
    /// By a function of the layer's number, with a name for records.
    case custom(name: String, (_ layer: Int) throws -> Double)

    /// The built-in ones by the names used in scripts.
    public static let named: [(name: String, weighting: LayerWeighting)] = [("uniform", .uniform), ("log", .log), ("linear", .linear)]

    /// The weight of a layer; 0 is the output of the embedding layer, 1 the first transformer layer.
    func callAsFunction(_ layer: Int) throws -> Double {
        switch self {
        case .uniform: return 1
        case .log: return 1 / (1 + Glibc.log(1 + Double(layer)))
        case .linear: return 1 / (1 + Double(layer))
        case .custom(_, let function): return try function(layer)
        }
    }

    var name: String {
        switch self {
        case .uniform: return "uniform"
        case .log: return "log"
        case .linear: return "linear"
        case .custom(let name, _): return name
        }
    }
}

/// The settings of ``AdaptiveLayerLoss``.
public struct LayerOptions {
    /// Layers before the last that each step takes, drawn at random; -1 for all.
    public var layersPerStep: Int
    public var lastLayerWeight: Double
    public var priorLayersWeight: Double
    /// Weight of the divergence of each layer's embeddings from the last layer's.
    public var divergenceWeight: Double
    /// Temperature of the divergence; 0 leaves it out.
    public var divergenceTemperature: Double
    public var weighting: LayerWeighting

    public init(layersPerStep: Int = 1, lastLayerWeight: Double = 1, priorLayersWeight: Double = 1, divergenceWeight: Double = 1,
                divergenceTemperature: Double = 0.3, weighting: LayerWeighting = .uniform) {
        self.layersPerStep = layersPerStep
        self.lastLayerWeight = lastLayerWeight
        self.priorLayersWeight = priorLayersWeight
        self.divergenceWeight = divergenceWeight
        self.divergenceTemperature = divergenceTemperature
        self.weighting = weighting
    }

    /// - Parameter inner: the name of the wrapped loss.
    func configuration(inner: String) -> JSONObject {
        ["loss": .string(inner), "n_layers_per_step": .integer(Int64(layersPerStep)), "last_layer_weight": .number(lastLayerWeight),
         "prior_layers_weight": .number(priorLayersWeight), "kl_div_weight": .number(divergenceWeight),
         "kl_temperature": .number(divergenceTemperature), "layer_weighting": .string(weighting.name)]
    }
}
