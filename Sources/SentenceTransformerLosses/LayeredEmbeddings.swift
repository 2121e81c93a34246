import Encoders
import Losses
import Tensors

/// The arithmetic of ``AdaptiveLayerLoss`` and ``Matryoshka2dLoss`` for one batch: which layers a step takes, and what becomes
/// of their embeddings.
final class LayeredEmbeddings {
    private let loss: String
    private let model: any SentenceEmbedder
    private let options: LayerOptions
    /// Taken before the model runs, so that the same dropout is drawn when texts are embedded a second time.
    private var random: RandomStream
    /// The layers taken, without the last; nil until the model has run once.
    private var layers: [Int]?

    init(loss: String, model: any SentenceEmbedder, options: LayerOptions, generator: Generator) {
        self.loss = loss
        self.model = model
        self.options = options
        random = generator.nextStream()
    }

    /// The embeddings by the layers taken, the last layer behind them: `[texts, layers + 1, dimension]`.
    func embed(_ input: TextInput) throws -> Tensor {
        let all: [Tensor]
        do { all = try model.layerEmbeddings(input) } catch let error as ModelError { throw LossError("\(loss): \(error)") }
        guard let last = all.last else { throw LossError("\(loss): the model gave no layers") }
        let taken = draw(from: all.count - 1)
        return try Tensor.stack(taken.map { all[$0] } + [last], dim: 1)
    }

    /// The loss of the last layer, of the layers before it, and the divergences between them.
    ///
    /// - Parameters:
    ///   - columns: what ``embed(_:)`` gave for each input column.
    ///   - inner: the wrapped loss of embeddings, one tensor `[rows, dimension]` for each column.
    func value(of columns: [Tensor], inner: ([Tensor]) throws -> Tensor) throws -> Tensor {
        let layers = self.layers ?? []
        func embeddings(_ place: Int) throws -> [Tensor] { try columns.map { try $0.select(dim: 1, index: place) } }

        let last = try embeddings(layers.count)
        var sum = try inner(last).multiplying(options.lastLayerWeight)
        let temperature = options.divergenceTemperature
        let usesDivergence = temperature > 0 && options.divergenceWeight != 0 && !layers.isEmpty
        // The last layer is the teacher, so nothing flows back to it from here.
        let teacher = usesDivergence ? try Tensor.cat(last, dim: 0).detach().dividing(by: temperature).softmax(dim: 1) : nil
        for (place, layer) in layers.enumerated() {
            let own = try embeddings(place)
            let weight = try options.weighting(layer) / Double(layers.count) * options.priorLayersWeight
            sum = try sum.adding(inner(own).multiplying(weight))
            guard let teacher else { continue }
            let student = try Tensor.cat(own, dim: 0).dividing(by: temperature).logSoftmax(dim: 1)
            sum = try sum.adding(Functional.klDivBatchMean(student, teacher).multiplying(temperature * options.divergenceWeight))
        }
        return sum
    }

    /// The layers of this step out of `count`, the same at each call.
    private func draw(from count: Int) -> [Int] {
        if let layers { return layers }
        let wanted = options.layersPerStep
        let drawn = wanted > 0 && wanted < count ? Array(0..<count).shuffled(using: &random).prefix(wanted).sorted() : Array(0..<max(0, count))
        layers = drawn
        return drawn
    }
}
