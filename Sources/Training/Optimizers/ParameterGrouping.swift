import Encoders
import Tokenizers
import TextFormat

/// How a model's parameters are split into groups.
public enum ParameterGrouping {
    /// Whether weight decay applies: not to biases, nor to the weights of normalisation layers.
    public static func decays(_ name: String) -> Bool {
        let name = name.lowercased()
        if name.contains("bias") || name.contains("layernorm") || name.contains("rmsnorm") { return false }
        return !name.split(separator: ".").contains { $0 == "norm" || $0.hasSuffix("_norm") }
    }

    /// The trained parameters in up to two groups, with and without weight decay, and two more for each learning rate rule.
    /// - Throws: ``TrainingArgumentError`` for a pattern that is no regular expression or matches nothing.
    public static func groups(_ parameters: [NamedParameter], learningRate: Double, weightDecay: Double,
                              rules: [LearningRateRule] = []) throws -> [ParameterGroup] {
        let trained = parameters.filter(\.tensor.requiresGrad)
        var owner = [Int](repeating: 0, count: trained.count)
        for (index, rule) in rules.enumerated() {
            let matches: [Int]
            do {
                let pattern = try RegularExpression(rule.pattern, dialect: .python)
                matches = try trained.indices.filter { try pattern.isFound(in: trained[$0].name) }
            } catch let problem as ExpressionProblem {
                throw TrainingArgumentError("learning_rate_mapping", "'\(rule.pattern.prefix(80))' is not a regular expression that can be used: "
                    + "\(problem)")
            }
            if matches.isEmpty {
                throw TrainingArgumentError("learning_rate_mapping", "no parameter's name contains a match of '\(rule.pattern)'; "
                    + "names look like '\(trained.first?.name ?? "")'")
            }
            for match in matches { owner[match] = index + 1 }
        }
        var groups: [ParameterGroup] = []
        for (index, rate) in ([learningRate] + rules.map(\.learningRate)).enumerated() {
            for decayed in [true, false] {
                let members = trained.indices.filter { owner[$0] == index && decays(trained[$0].name) == decayed }.map { trained[$0] }
                if !members.isEmpty {
                    groups.append(ParameterGroup(parameters: members, learningRate: rate, weightDecay: decayed ? weightDecay : 0))
                }
            }
        }
        return groups
    }
}
