import Files
import JSON
import Tensors

/// Token embeddings as the weighted mean of what a transformer's layers give, with weights that learn.
///
/// It needs a transformer whose `output_hidden_states` is on; without, it passes token embeddings on as they are, as the
/// reference does.
public final class WeightedLayerPooling: Module {
    public let type = ModuleType.weightedLayerPooling
    /// Elements of a token embedding.
    public let dimension: Int
    /// Layers of the transformer; its embedding layer counts as layer 0 besides.
    public let layerCount: Int
    /// The first layer that takes part.
    public let firstLayer: Int
    /// `[layerCount + 1 - firstLayer]`
    public let weights: Tensor

    /// - Parameter weights: of the layers from `firstLayer` on; all 1 by default.
    /// - Throws: ``ModelError`` for numbers that do not fit together.
    public init(dimension: Int, layerCount: Int = 12, firstLayer: Int = 4, weights: [Float]? = nil) throws {
        guard firstLayer >= 0, firstLayer <= layerCount else {
            throw ModelError("WeightedLayerPooling: layer_start \(firstLayer) lies outside the layers 0 to \(layerCount)")
        }
        let count = layerCount + 1 - firstLayer
        if let weights, weights.count != count {
            throw ModelError("""
                WeightedLayerPooling: layer_weights: \(count) numbers are wanted for layers \(firstLayer) to \(layerCount), \
                there are \(weights.count)
                """)
        }
        try Self.check(weights ?? [1], where: "WeightedLayerPooling")
        self.dimension = dimension
        self.layerCount = layerCount
        self.firstLayer = firstLayer
        self.weights = Tensor(weights ?? [Float](repeating: 1, count: count))
        self.weights.requiresGrad = true
    }

    /// Reads a module folder.
    init(folder: String) throws {
        let source = try ConfigurationFile(path: Path.join(folder, "config.json"))
        dimension = try source.size(source.object["embedding_dimension"] == nil ? "word_embedding_dimension" : "embedding_dimension")
        layerCount = try source.count("num_hidden_layers", default: 12)
        firstLayer = try source.count("layer_start", default: 4)
        guard firstLayer <= layerCount else { throw ModelError("\(source.path): layer_start \(firstLayer) is above num_hidden_layers \(layerCount)") }
        weights = try WeightFiles(folder: folder).tensor("layer_weights", shape: [layerCount + 1 - firstLayer])
        try Self.check(weights.floatArray(), where: folder)
        weights.requiresGrad = true
    }

    /// The mean divides by the sum of the weights.
    private static func check(_ weights: [Float], where place: String) throws {
        let sum = weights.reduce(0, +)
        if sum == 0 || !sum.isFinite { throw ModelError("\(place): layer_weights: numbers whose sum is not 0 are wanted, it is \(sum)") }
    }

    public var embeddingDimension: Int? { dimension }

    public var parameters: [NamedParameter] { [NamedParameter(name: "layer_weights", tensor: weights)] }

    public func check(_ widths: inout FeatureWidths) throws { try widths.require(.tokenEmbeddings, width: dimension, for: type) }

    public func forward(_ features: inout ModuleFeatures) throws {
        guard let layers = features.layers else { return }
        guard layers.count == layerCount + 1 else {
            throw ModelError("WeightedLayerPooling: num_hidden_layers \(layerCount) is not the \(layers.count - 1) layers of the transformer")
        }
        var sum: Tensor?
        for (index, layer) in layers.dropFirst(firstLayer).enumerated() {
            let part = try layer.multiplying(weights.narrow(dim: 0, start: index, length: 1))
            sum = try sum?.adding(part) ?? part
        }
        features.tokenEmbeddings = try sum?.dividing(by: weights.sum())
    }

    public var settings: JSONObject {
        ["embedding_dimension": .integer(Int64(dimension)), "layer_start": .integer(Int64(firstLayer)),
            "num_hidden_layers": .integer(Int64(layerCount))]
    }

    /// The transformers whose layers the poolings among some modules read, those in the routes of routers included.
    static func transformers(in modules: [any Module]) -> [TransformerModule] {
        var wanted: [TransformerModule] = [], before: [TransformerModule] = []
        collect(modules, before: &before, into: &wanted)
        return wanted
    }

    private static func collect(_ modules: [any Module], before: inout [TransformerModule], into wanted: inout [TransformerModule]) {
        for module in modules {
            switch module {
            case let transformer as TransformerModule: before = [transformer]
            case is WeightedLayerPooling: wanted += before
            case let router as Router:
                let outer = before
                before = router.routes.flatMap { route in
                    var own = outer
                    collect(route.modules, before: &own, into: &wanted)
                    return own
                }
            default: break
            }
        }
    }
}
