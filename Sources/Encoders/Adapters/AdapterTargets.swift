import Tokenizers
import TextFormat

/// Which layers and parameters the names of an ``AdapterConfiguration`` stand for, by the rules of PEFT.
struct AdapterTargets {
    let configuration: AdapterConfiguration
    private let pattern: LayerPattern?
    private let excludedPattern: LayerPattern?
    private let rankPatterns: [(pattern: LayerPattern, rank: Int)]
    private let alphaPatterns: [(pattern: LayerPattern, alpha: Double)]

    /// - Parameter file: where the configuration was read, for errors.
    /// - Throws: ``ModelError`` for a text that is no regular expression.
    init(_ configuration: AdapterConfiguration, file: String? = nil) throws {
        self.configuration = configuration
        func pattern(_ targets: AdapterConfiguration.Targets?, _ option: String) throws -> LayerPattern? {
            guard case .pattern(let text) = targets else { return nil }
            return try LayerPattern(text, option, file)
        }
        self.pattern = try pattern(configuration.targets, "target_modules")
        excludedPattern = try pattern(configuration.excluded, "exclude_modules")
        rankPatterns = try configuration.rankPattern.map { (try LayerPattern(endingIn: $0.pattern, "rank_pattern", file), $0.rank) }
        alphaPatterns = try configuration.alphaPattern.map { (try LayerPattern(endingIn: $0.pattern, "alpha_pattern", file), $0.alpha) }
    }

    /// A regular expression that whole names of layers match, as Python's `re.fullmatch` has it.
    private struct LayerPattern {
        private let expression: RegularExpression
        /// The file and the key.
        private let place: String

        init(_ text: String, _ option: String, _ file: String?) throws {
            let place = (file.map { $0 + ": " } ?? "") + option
            self.place = place
            do {
                expression = try RegularExpression(text, dialect: .python)
            } catch let problem as ExpressionProblem {
                throw ModelError("\(place): \"\(text.prefix(80))\" is not a regular expression that is understood: \(problem)")
            }
        }

        init(endingIn text: String, _ option: String, _ file: String?) throws { try self.init("(.*\\.)?(\(text))", option, file) }

        func matches(_ layer: String) throws -> Bool {
            do { return try expression.matchesWhole(layer) } catch let problem as ExpressionProblem { throw ModelError("\(place): \(problem)") }
        }
    }

    /// Whether a linear layer gets an update.
    /// - Throws: ``ModelError`` for a pattern that takes too many steps; so do ``rank(of:)`` and ``scaling(of:)``.
    /// - Parameter isClassifier: whether it is the last layer of a classification head, which `all-linear` leaves out.
    func contains(_ layer: String, isClassifier: Bool) throws -> Bool {
        switch configuration.excluded {
        case .names(let names): if Self.ends(layer, in: names) { return false }
        case .pattern, .allLinear, nil: if try excludedPattern?.matches(layer) == true { return false }
        }
        if (configuration.modulesToSave ?? []).contains(where: { Self.isWithin(layer, $0) }) { return false }
        switch configuration.targets {
        case .names(let names): return names.contains(layer) || Self.ends(layer, in: names) && isInLayers(layer)
        case .pattern: return try pattern?.matches(layer) ?? false
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

    func rank(of layer: String) throws -> Int { try rankPatterns.first { try $0.pattern.matches(layer) }?.rank ?? configuration.rank }

    func scaling(of layer: String) throws -> Float {
        let alpha = try alphaPatterns.first { try $0.pattern.matches(layer) }?.alpha ?? configuration.alpha
        return configuration.scaling(alpha: alpha, rank: try rank(of: layer))
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
