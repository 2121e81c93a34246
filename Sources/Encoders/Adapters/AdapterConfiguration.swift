import JSON

/// What a LoRA adapter is made with: the settings of PEFT's `LoraConfig` that apply to linear layers.
public struct AdapterConfiguration: Sendable {
    /// Which linear layers an adapter changes.
    public enum Targets: Equatable, Sendable {
        /// The names of layers, whole or their ends after a dot: `query` stands for the queries of all layers.
        case names([String])
        /// A regular expression that the whole name of a layer must match.
        case pattern(String)
        /// All linear layers but the classifier.
        case allLinear

        fileprivate var count: Int {
            if case .names(let names) = self { return names.count }
            return 1
        }
    }

    /// Which biases are trained and saved with an adapter.
    public enum Bias: String, CaseIterable, Sendable {
        case none
        case all
        /// Those of the layers that the adapter changes.
        case loraOnly = "lora_only"
    }

    /// How a new adapter begins. B is zeros but for `.random`, so that the model's outputs are those of before.
    public enum Initialization: Sendable {
        /// A uniform within one over the square root of its inputs.
        case uniform
        /// A normal with standard deviation one over the rank.
        case gaussian
        /// Both uniform: for tests, since it changes the model's outputs.
        case random
    }

    /// The rank of updates.
    public var rank = 8
    public var alpha: Double = 8
    /// Of the inputs of updates while training.
    public var dropout: Float = 0
    /// Nil takes the family's queries and values.
    public var targets: Targets?
    /// Layers to leave out, as `targets`; ``Targets/allLinear`` leaves out none.
    public var excluded: Targets?
    /// Modules that are trained whole and saved with the adapter. Nil: the classifier of a model that has one.
    public var modulesToSave: [String]?
    public var bias = Bias.none
    /// Whether updates are scaled by `alpha / sqrt(rank)` instead of `alpha / rank`
    /// (Kalajdzievski 2023, https://arxiv.org/abs/2312.03732).
    public var usesRankStabilization = false
    public var initialization = Initialization.uniform
    /// Indices of transformer layers, from 0; nil for all. Applies to targets that are names.
    public var layers: [Int]?
    /// The names that stand before a layer's index, such as `layer`; empty for any.
    public var layersPattern: [String] = []
    /// Other ranks for layers whose name ends in a match of a pattern, the first that matches.
    public var rankPattern: [(pattern: String, rank: Int)] = []
    /// Likewise other alphas.
    public var alphaPattern: [(pattern: String, alpha: Double)] = []
    /// What the model is for, for other programs: `FEATURE_EXTRACTION`, `SEQ_CLS`; it changes nothing here.
    public var taskType: String?

    /// The most entries of a list or a table of patterns.
    private static let entryLimit = 10_000

    public init() {}

    /// What updates of a rank are multiplied by.
    func scaling(alpha: Double, rank: Int) -> Float {
        Float(alpha / (usesRankStabilization ? Double(rank).squareRoot() : Double(rank)))
    }

    /// - Throws: ``ModelError`` for a value out of range.
    func check() throws {
        if rank < 1 { throw ModelError("r: a rank of 1 or more is wanted, it is \(rank)") }
        if let wrong = rankPattern.first(where: { $0.rank < 1 }) { throw ModelError("""
            rank_pattern: a rank of 1 or more is wanted, it is \(wrong.rank)
            """) }
        guard (0..<1).contains(dropout) else { throw ModelError("lora_dropout: a number from 0 to below 1 is wanted, it is \(dropout)") }
        if !Float(alpha).isFinite { throw ModelError("lora_alpha: a number within the range of float32 is wanted, it is \(alpha)") }
        if let wrong = alphaPattern.first(where: { !Float($0.alpha).isFinite }) {
            throw ModelError("alpha_pattern: a number within the range of float32 is wanted, it is \(wrong.alpha)")
        }
        // Each layer of the model is compared with each entry.
        for (name, count) in [("target_modules", targets?.count), ("exclude_modules", excluded?.count), ("modules_to_save", modulesToSave?.count),
                              ("layers_to_transform", layers?.count), ("rank_pattern", rankPattern.count), ("alpha_pattern", alphaPattern.count)] {
            if let count, count > Self.entryLimit { throw ModelError("\(name): at most \(Self.entryLimit) entries are wanted, they are \(count)") }
        }
    }
}

extension AdapterConfiguration {
    /// Settings of `adapter_config.json` that change what an adapter computes, and that are not supported, with the values
    /// that leave them out.
    private static let unsupported: [(key: String, isOff: @Sendable (JSONValue) -> Bool)] = [
        ("use_dora", { $0.asBool == false }), ("use_qalora", { $0.asBool == false }), ("lora_bias", { $0.asBool == false }),
        ("fan_in_fan_out", { $0.asBool == false }), ("layer_replication", { _ in false }), ("trainable_token_indices", { _ in false }),
        ("target_parameters", { $0.asArray?.isEmpty == true }), ("alora_invocation_tokens", { _ in false }), ("use_bdlora", { $0.asBool == false }),
        ("arrow_config", { _ in false }), ("kasa_config", { _ in false }), ("monteclora_config", { _ in false }), ("velora_config", { _ in false }),
    ]

    /// Reads `adapter_config.json`.
    /// - Throws: ``ModelError`` naming file and key, also for kinds of adapter that are not LoRA.
    init(_ file: ConfigurationFile) throws {
        let kind = try file.string("peft_type", default: "LORA")
        guard kind.uppercased() == "LORA" else { throw ModelError("\(file.path): peft_type \"\(kind)\" is not supported; supported is LORA") }
        for (key, isOff) in Self.unsupported {
            if let value = file.object[key], !value.isNull, !isOff(value) {
                throw ModelError("\(file.path): \(key) is not supported; supported are plain LoRA updates of linear layers")
            }
        }
        rank = try file.size("r", default: 8)
        alpha = try file.number("lora_alpha", default: 8)
        dropout = try file.probability("lora_dropout", default: 0)
        usesRankStabilization = try file.bool("use_rslora", default: false)
        taskType = file.object["task_type"]?.asString
        targets = try Self.targets(file, "target_modules")
        excluded = try Self.targets(file, "exclude_modules")
        modulesToSave = try Self.texts(file, "modules_to_save") ?? []
        let biasName = try file.string("bias", default: "none")
        guard let bias = Bias(rawValue: biasName) else { throw ModelError("\(file.path): bias \"\(biasName)\" is none of none, all and lora_only") }
        self.bias = bias
        if let value = file.object["layers_to_transform"], !value.isNull {
            let list = value.asArray ?? [value]
            let indices = list.compactMap(\.asInteger)
            guard indices.count == list.count else { throw ModelError("\(file.path): layers_to_transform: a list of whole numbers is wanted") }
            layers = indices.isEmpty ? nil : indices
        }
        layersPattern = try Self.texts(file, "layers_pattern") ?? []
        rankPattern = try file.members("rank_pattern").map { key, value in
            guard let rank = value.asInteger, (1 ... 1 << 30).contains(rank) else {
                throw ModelError("\(file.path): rank_pattern: \(key): a whole number above 0 is wanted")
            }
            return (key, rank)
        }
        alphaPattern = try file.members("alpha_pattern").map { key, value in
            guard let alpha = value.asNumber else { throw ModelError("\(file.path): alpha_pattern: \(key): a number is wanted") }
            return (key, alpha)
        }
        do { try check() } catch { throw ModelError("\(file.path): \(error)") }
    }

    /// A text or a list of texts; nil for null.
    private static func texts(_ file: ConfigurationFile, _ key: String) throws -> [String]? {
        guard let value = file.object[key], !value.isNull else { return nil }
        if let text = value.asString { return [text] }
        let texts = value.asArray?.compactMap(\.asString)
        guard let texts, texts.count == value.asArray?.count else { throw ModelError("\(file.path): \(key): a list of texts is wanted") }
        return texts
    }

    private static func targets(_ file: ConfigurationFile, _ key: String) throws -> Targets? {
        if let text = file.object[key]?.asString { return text.lowercased() == "all-linear" ? .allLinear : .pattern(text) }
        return try texts(file, key).flatMap { $0.isEmpty ? nil : .names($0) }
    }

    /// `adapter_config.json`.
    /// - Parameters:
    ///   - base: the folder or name of the model that the adapter belongs to.
    ///   - isTrainable: whether a program that loads the adapter is to go on training it.
    func json(base: String, isTrainable: Bool) -> JSONObject {
        func json(_ targets: Targets?) -> JSONValue {
            switch targets {
            case .names(let names): return .array(names.map { .string($0) })
            case .pattern(let pattern): return .string(pattern)
            case .allLinear: return "all-linear"
            case nil: return .null
            }
        }
        let initial: JSONValue
        switch initialization {
        case .uniform: initial = true
        case .gaussian: initial = "gaussian"
        case .random: initial = false
        }
        return [
            "alpha_pattern": .object(JSONObject(alphaPattern.map { ($0.pattern, .number($0.alpha)) })),
            "auto_mapping": .null,
            "base_model_name_or_path": .string(base),
            "bias": .string(bias.rawValue),
            "exclude_modules": json(excluded),
            "fan_in_fan_out": false,
            "inference_mode": .bool(!isTrainable),
            "init_lora_weights": initial,
            "layers_pattern": layersPattern.isEmpty ? .null : .array(layersPattern.map { .string($0) }),
            "layers_to_transform": layers.map { .array($0.map { .integer(Int64($0)) }) } ?? .null,
            "lora_alpha": alpha == alpha.rounded() && abs(alpha) < 1e9 ? .integer(Int64(alpha)) : .number(alpha),
            "lora_bias": false,
            "lora_dropout": .number(Double("\(dropout)") ?? Double(dropout)),
            "modules_to_save": modulesToSave.flatMap { $0.isEmpty ? nil : .array($0.map { .string($0) }) } ?? .null,
            "peft_type": "LORA",
            "r": .integer(Int64(rank)),
            "rank_pattern": .object(JSONObject(rankPattern.map { ($0.pattern, .integer(Int64($0.rank))) })),
            "revision": .null,
            "target_modules": json(targets),
            "task_type": taskType.map { .string($0) } ?? .null,
            "use_dora": false,
            "use_rslora": .bool(usesRankStabilization),
        ]
    }
}
