import Files
import Tensors
import Tokenizers

/// A model that is a sequence of modules, of which the first reads texts and the last leaves an embedding for each.
public protocol ModularModel: SentenceEmbedder, AdaptableModel {
    /// The folder that the model, or its first module, was loaded from.
    var folder: String { get }
    /// The modules and what is known of them.
    var sequence: ModuleSequence { get }
    /// Texts put before inputs.
    var prompts: Prompts { get set }
}

/// Modules that fit behind one another.
public struct ModuleSequence {
    /// In their order; the first one is an ``InputModule``.
    public let modules: [any Module]
    /// The first module.
    public let input: any InputModule
    /// Of the first module, or of the first route that has one.
    public let tokenizer: Tokenizer
    /// Elements of an embedding.
    public let width: Int

    /// - Parameters:
    ///   - kind: of the model, for errors.
    ///   - pooling: what to advise where no module makes an embedding.
    /// - Throws: ``ModelError`` where a module does not fit behind those before it, or where no module makes an embedding.
    init(_ modules: [any Module], kind: String, pooling: String, maximumLength: Int?) throws {
        guard let first = modules.first else { throw ModelError("a \(kind) needs at least one module, such as Transformer or StaticEmbedding") }
        if let router = first as? Router, router.tokenizer == nil {
            throw ModelError("""
                the first module is a Router, and none of its routes begins with a module that reads texts, Transformer or \
                StaticEmbedding
                """)
        }
        guard let input = first as? any InputModule, let tokenizer = input.tokenizer else {
            throw ModelError("""
                the first module is \(first.type.rawValue), which does not read texts; begin with Transformer, StaticEmbedding \
                or Router
                """)
        }
        var widths = FeatureWidths()
        for (index, module) in modules.enumerated() {
            do { try module.check(&widths) } catch { throw ModelError("module \(index + 1): \(error)") }
        }
        guard let width = widths.sentence else {
            throw ModelError("no module makes a sentence embedding of the token embeddings; put a \(pooling) module behind the Transformer")
        }
        if maximumLength != nil, input.maximumLength == nil {
            throw ModelError("max_seq_length does not apply: \(first.type.rawValue) reads texts of any length")
        }
        self.modules = modules
        self.input = input
        self.tokenizer = tokenizer
        self.width = width
    }

    /// The modules that `modules.json` names.
    static func load(_ list: ModuleList, maximumLength: Int?) throws -> [any Module] {
        let loading = ModuleLoading()
        return try list.entries.enumerated().map { index, entry in
            try loading.module(classPath: entry.classPath, folder: entry.folder, named: list.path, maximumLength: index == 0 ? maximumLength : nil)
        }
    }
}

extension ModularModel {
    public var modules: [any Module] { sequence.modules }
    /// The first module, which reads texts.
    public var input: any InputModule { sequence.input }
    /// Of the first module, or of the first route that has one.
    public var tokenizer: Tokenizer { sequence.tokenizer }

    /// The first transformer, of the first route that has one where modules are behind a ``Router``; nil without any.
    public var transformer: Transformer? { transformerPlaces.first?.module.transformer }
    public var body: Transformer? { transformer }

    /// The most tokens of a text, special tokens included; nil for no limit.
    public var maxSequenceLength: Int? { input.maximumLength }

    /// Says what texts are cut to.
    /// - Throws: ``ModelError`` for a length below 1 or above the model's positions, or a model that reads texts of any length.
    public func setMaxSequenceLength(_ length: Int) throws { try input.setMaximumLength(length) }

    /// Under the names of the reference's model: the place of the module from 0, then the name in the module.
    public var parameters: [NamedParameter] {
        NamedParameter.distinct(modules.enumerated().flatMap { index, module in
            module.parameters.map { NamedParameter(name: "\(index).\($0.name)", tensor: $0.tensor) }
        })
    }

    public var storedParameters: [StoredParameter] {
        get throws {
            try zip(modules, moduleFolders).flatMap { module, folder in
                try module.storedParameters.map {
                    StoredParameter(file: folder.isEmpty ? $0.file : "\(folder)/\($0.file)", name: $0.name, tensor: $0.tensor)
                }
            }
        }
    }

    /// Embeddings on the tape, `[texts, width]`.
    public func embeddings(_ input: TextInput) throws -> Tensor { try sentenceEmbedding(of: features(of: input)) }

    public func tokenCounts(_ input: TextInput) throws -> [Int] {
        let options = EncodingOptions(maxLength: maxSequenceLength, truncation: .longestFirst)
        return try tokenizer.encodeBatch(input.texts.map { TokenizerInput(first: (input.prompt ?? "") + $0) }, options: options).map(\.ids.count)
    }

    /// The token ids of each text, as the model reads them.
    public func tokenIds(_ input: TextInput) throws -> [[Int32]] {
        if let reader = try reader(of: input) { return try reader.tokenized(input).ids }
        let prompt = input.prompt ?? ""
        return try tokenizer.encodeBatch(input.texts.map { TokenizerInput(first: prompt + $0) }, options: EncodingOptions()).map(\.ids)
    }

    /// The options with what encoding queries adds to them.
    public func queryOptions(_ options: EncodeOptions) -> EncodeOptions { naming(["query"], task: "query", options) }

    /// The options with what encoding documents adds to them.
    public func documentOptions(_ options: EncodeOptions) -> EncodeOptions {
        naming(["document", "passage", "corpus"], task: "document", options)
    }

    /// The folder of each module in a saved model.
    var moduleFolders: [String] {
        modules.enumerated().map { $0 == 0 ? "" : "\($0)_\($1.type.rawValue)" }
    }

    /// Every transformer with its folder in a saved model.
    package var transformerPlaces: [(folder: String, module: TransformerModule)] {
        zip(modules, moduleFolders).flatMap { module, folder in
            module.transformerPlaces.map { ($0.folder.isEmpty ? folder : Path.join(folder, $0.folder), $0.module) }
        }
    }

    /// The adapters of every transformer with its folder in a saved model.
    var adapterPlaces: [(folder: String, set: AdapterSet)] { transformerPlaces.map { ($0.folder, $0.module.transformer.adapters) } }

    /// What the modules leave of a batch.
    func features(of input: TextInput, prepare: (inout ModuleFeatures) -> Void = { _ in }) throws -> ModuleFeatures {
        var features = ModuleFeatures(input)
        prepare(&features)
        try features.run(modules)
        return features
    }

    func sentenceEmbedding(of features: ModuleFeatures) throws -> Tensor {
        guard let embedding = features.sentenceEmbedding else { throw ModelError("the modules made no sentence embedding for this batch") }
        return embedding
    }

    /// Calls `body` with batches of texts of like length, without dropout and off the tape.
    func forEachBatch(of inputs: [String], _ options: EncodeOptions, _ body: ([Int], TextInput) throws -> Void) throws {
        guard options.batchSize > 0 else { throw ModelError("batch_size: a whole number above 0 is wanted, it is \(options.batchSize)") }
        let prompt = try prompts.resolve(prompt: options.prompt, name: options.promptName)
        try withoutTraining(options.computePrecision) {
            try LengthBatches(lengths: inputs.map(\.utf8.count), batchSize: options.batchSize).forEach { done, rows in
                try options.onBatch?(done, inputs.count)
                try body(rows, TextInput(rows.map { inputs[$0] }, prompt: prompt, task: options.task))
            }
        }
    }

    /// Writes the modules and `modules.json`.
    func writeModules(to folder: String) throws {
        for (module, name) in zip(modules, moduleFolders) {
            let place = name.isEmpty ? folder : Path.join(folder, name)
            if !name.isEmpty { try Folder.create(place) }
            try module.save(to: place)
        }
        try ModelSaving.writeModules(zip(modules, moduleFolders).map { ($0.type.path, $1) }, to: folder)
    }

    private func naming(_ names: [String], task: String, _ options: EncodeOptions) -> EncodeOptions {
        var options = options
        options.task = task
        if options.prompt == nil && options.promptName == nil { options.promptName = names.first { prompts[$0] != nil } }
        return options
    }
}

extension Prompts {
    /// With those of a saved model, and empty ones for queries and documents where there are none.
    func completedForTexts(by saved: ConfigurationFile?) throws -> Prompts {
        var prompts = try saved.map { try completed(by: $0) } ?? self
        for name in ["query", "document"] where prompts[name] == nil { prompts.texts.append((name, "")) }
        try prompts.check(where: "prompts")
        return prompts
    }
}
