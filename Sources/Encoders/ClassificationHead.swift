import Kernels
import Tensors

/// The sequence-classification head on the first token: a dense layer with an activation, dropout, and the classifier.
///
/// BERT applies tanh and calls the dense layer its pooler; DistilBERT applies ReLU; the RoBERTa family and MPNet drop the input
/// too.
public final class ClassificationHead {
    /// `[hidden, hidden]`
    public let dense: Linear
    /// `[labels, hidden]`
    public let classifier: Linear
    /// Whether the classifier was made fresh, because the folder has none.
    public let isNew: Bool
    /// The names of the layers that were made fresh.
    let freshLayers: [String]
    private let configuration: TransformerConfiguration
    private let names: Names
    /// The most labels of a classifier that is made fresh; as many as words if those are more.
    private static let freshLabelLimit = 65_536

    /// - Parameters:
    ///   - labelCount: outputs of the classifier.
    ///   - generator: makes what the folder does not have.
    /// - Throws: ``ModelError`` if the folder's classifier has another number of labels.
    init(configuration: TransformerConfiguration, weights: WeightFiles, labelCount: Int, generator: Generator) throws {
        self.configuration = configuration
        names = Names(family: configuration.family)
        let hidden = configuration.hiddenSize
        isNew = !weights.contains(names.classifier + ".weight")
        // A fresh classifier is as large as is asked for, so that a number alone must not decide.
        let limit = max(Self.freshLabelLimit, configuration.vocabularySize)
        if labelCount < 1 || isNew && labelCount > limit {
            throw ModelError("\(configuration.path): num_labels: 1 to \(limit) labels are possible where the classifier is made fresh, they are "
                + "\(labelCount)")
        }
        let denseName = [names.dense, names.bareDense].compactMap { $0 }.first { weights.contains($0 + ".weight") }
        dense = try Self.linear(denseName, hidden, hidden, configuration, weights, generator)
        freshLayers = [denseName == nil ? names.dense : nil, weights.contains(names.classifier + ".weight") ? nil
            : names.classifier].compactMap { $0 }
        if let shape = weights.shape(of: names.classifier + ".weight"), shape != [labelCount, hidden] {
            throw ModelError("\(weights.path): tensor \"\(names.classifier).weight\" has shape \(shape); num_labels \(labelCount) and "
                + """
                    hidden size \(hidden) ask for \([labelCount, hidden]). Leave num_labels out to take the folder's, or start \
                    from a model without a head
                    """)
        }
        classifier = try Self.linear(isNew ? nil : names.classifier, labelCount, hidden, configuration, weights, generator)
        for parameter in parameters { parameter.tensor.requiresGrad = true }
    }

    /// Outputs of the classifier that an adapter has trained whole; nil if it has not.
    static func labelCount(_ adapter: AdapterFiles, _ family: TransformerConfiguration.Family) -> Int? {
        adapter.shape(of: Names(family: family).classifier + ".weight")?.first
    }

    /// - Parameters:
    ///   - first: the last layer's output for the first token of each sequence, `[sequences, hidden]`.
    /// - Returns: `[sequences, labels]`, on the tape.
    func callAsFunction(_ first: Tensor, isTraining: Bool) throws -> Tensor {
        func drop(_ x: Tensor) throws -> Tensor {
            isTraining && configuration.classifierDropout > 0 ? try x.dropout(p: Double(configuration.classifierDropout)) : x
        }
        switch configuration.family {
        case .bert: return try classifier(drop(dense(first, isTraining: isTraining).tanh()), isTraining: isTraining)
        case .distilbert: return try classifier(drop(dense(first, isTraining: isTraining).relu()), isTraining: isTraining)
        case .roberta, .xlmRoberta, .mpnet: return try classifier(drop(dense(drop(first), isTraining: isTraining).tanh()), isTraining: isTraining)
        }
    }

    /// Under their names in a file.
    var linears: [(name: String, linear: Linear)] { [(names.dense, dense), (names.classifier, classifier)] }

    /// Under their names in a file.
    var parameters: [NamedParameter] {
        linears.flatMap { name, linear in
            [NamedParameter(name: name + ".weight", tensor: linear.weight), NamedParameter(name: name + ".bias", tensor: linear.bias!)]
        }
    }

    private struct Names {
        let dense: String
        /// The dense layer in a file without a head.
        let bareDense: String?
        let classifier: String

        init(family: TransformerConfiguration.Family) {
            switch family {
            case .bert: (dense, bareDense, classifier) = ("bert.pooler.dense", "pooler.dense", "classifier")
            case .distilbert: (dense, bareDense, classifier) = ("pre_classifier", nil, "classifier")
            case .roberta, .xlmRoberta, .mpnet: (dense, bareDense, classifier) = ("classifier.dense", nil, "classifier.out_proj")
            }
        }
    }

    /// From the folder, or with normal weights and no bias.
    private static func linear(
        _ name: String?, _ outputs: Int, _ inputs: Int, _ configuration: TransformerConfiguration, _ weights: WeightFiles, _ generator: Generator
    ) throws -> Linear {
        guard let name else {
            let weight = try Tensor.randn([outputs, inputs], generator: generator).multiplying(Double(configuration.initializerRange))
            return Linear(weight: weight, bias: Tensor(zeros: [outputs]))
        }
        return Linear(weight: try weights.tensor(name + ".weight", shape: [outputs, inputs]),
            bias: try weights.tensor(name + ".bias", shape: [outputs]))
    }
}
