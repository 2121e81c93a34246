import _StringProcessing
import TextFormat

/// Which layers and parameters the names of an ``AdapterConfiguration`` stand for, by the rules of PEFT.
struct AdapterTargets {
    let configuration: AdapterConfiguration
    private let pattern: Regex<AnyRegexOutput>?
    private let excludedPattern: Regex<AnyRegexOutput>?
    private let rankPatterns: [(expression: Regex<AnyRegexOutput>, rank: Int)]
    private let alphaPatterns: [(expression: Regex<AnyRegexOutput>, alpha: Double)]

    /// - Throws: ``ModelError`` for a text that is no regular expression.
    init(_ configuration: AdapterConfiguration) throws {
        self.configuration = configuration
        func expression(_ text: String, _ option: String) throws -> Regex<AnyRegexOutput> {
            guard let made = try? Regex(text) else { throw ModelError("\(option): \"\(text)\" is not a regular expression") }
            return made
        }
        if case .pattern(let text) = configuration.targets { pattern = try expression(text, "target_modules") } else { pattern = nil }
        if case .pattern(let text) = configuration.excluded { excludedPattern = try expression(text,
            "exclude_modules") } else { excludedPattern = nil }
        rankPatterns = try configuration.rankPattern.map { (try expression("(.*\\.)?(\($0.pattern))", "rank_pattern"), $0.rank) }
        alphaPatterns = try configuration.alphaPattern.map { (try expression("(.*\\.)?(\($0.pattern))", "alpha_pattern"), $0.alpha) }
    }

    /// Whether a linear layer gets an update.
    /// - Parameter isClassifier: whether it is the last layer of a classification head, which `all-linear` leaves out.
    func contains(_ layer: String, isClassifier: Bool) -> Bool {
        switch configuration.excluded {
        case .names(let names): if Self.ends(layer, in: names) { return false }
        case .pattern, .allLinear, nil: if let excludedPattern, layer.wholeMatch(of: excludedPattern) != nil { return false }
        }
        if (configuration.modulesToSave ?? []).contains(where: { Self.isWithin(layer, $0) }) { return false }
        switch configuration.targets {
        case .names(let names): return names.contains(layer) || Self.ends(layer, in: names) && isInLayers(layer)
        case .pattern: return pattern.map { layer.wholeMatch(of: $0) != nil } ?? false
        case .allLinear: return !isClassifier
        case nil: return false
        }
    }

    /// Whether a parameter belongs to a module that is trained whole.
    func saves(_ parameter: String) -> Bool {
        guard let names = configuration.modulesToSave, !names.isEmpty else { return false }
        var module = Substring(parameter)
        while let dot = module.lastIndex(of: ".") {
            module = module[..<dot]
            if names.contains(where: { module.hasSuffix($0) }) { return true }
        }
        return false
    }

    func rank(of layer: String) -> Int { rankPatterns.first { layer.wholeMatch(of: $0.expression) != nil }?.rank ?? configuration.rank }

    func scaling(of layer: String) -> Float {
        let alpha = alphaPatterns.first { layer.wholeMatch(of: $0.expression) != nil }?.alpha ?? configuration.alpha
        return configuration.scaling(alpha: alpha, rank: rank(of: layer))
    }

    /// Whether a name is one of `names` or ends in one after a dot.
    private static func ends(_ name: String, in names: [String]) -> Bool {
        names.contains { name == $0 || name.hasSuffix("." + $0) }
    }

    /// Whether `module` is a part of the path `name`.
    private static func isWithin(_ name: String, _ module: String) -> Bool { ("." + name + ".").contains("." + module + ".") }

    /// Whether the layer's index, the first number between dots that is not at the start, is one of those asked for.
    private func isInLayers(_ name: String) -> Bool {
        guard let layers = configuration.layers else { return true }
        let parts = name.split(separator: ".").map(String.init)
        for (position, part) in parts.enumerated().dropFirst() where position < parts.count - 1 {
            guard let index = Int(part), index >= 0 else { continue }
            if !configuration.layersPattern.isEmpty {
                if configuration.layersPattern.contains(parts[position - 1]) { return layers.contains(index) }
            } else if position > 1 {
                return layers.contains(index)
            }
        }
        return false
    }
}
