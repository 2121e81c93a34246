import Files

/// Makes modules of the folders that `modules.json` and `router_config.json` of one model name.
///
/// A few lines of these files could ask for very much, or for a folder within itself. So there is a limit to the modules and to the
/// depth of routers within routers, and a folder makes a module of a kind once: what two routes share has one name in both.
final class ModuleLoading {
    /// The most modules of a model.
    static let countLimit = 256
    /// The most routers that stand within one another.
    static let depthLimit = 8

    private var count = 0
    private var depth = 0
    private var made: Set<String> = []

    /// - Parameters:
    ///   - classPath: such as `sentence_transformers.models.Pooling`, of any version of the reference.
    ///   - file: what errors name.
    /// - Throws: ``ModelError``
    func module(classPath: String, folder: String, named file: String, maximumLength: Int? = nil) throws -> any Module {
        let name = String(classPath.split(separator: ".").last ?? "")
        guard classPath.hasPrefix("sentence_transformers.") else {
            throw ModelError("\(file): \"\(classPath)\" is code that came with the model, which sentx does not run")
        }
        guard let type = ModuleType(className: name) else {
            let known = ModuleType.allCases.map(\.rawValue).joined(separator: ", ")
            let reason = ["WordEmbeddings", "BoW", "CNN", "LSTM", "WordWeights"].contains(name)
                ? "belongs to models from before transformers and is not supported" : "is not supported"
            throw ModelError("\(file): module \"\(name)\" \(reason); supported are \(known)")
        }
        count += 1
        if count > Self.countLimit { throw ModelError("\(file): the model has more than \(Self.countLimit) modules") }
        if type.hasFilesOfItsOwn, !made.insert("\(type.rawValue) \(Path.resolved(folder) ?? folder)").inserted {
            throw ModelError("\(file): the folder \(folder) makes a \(type.rawValue) twice, or one within itself; each module has a folder of its own")
        }
        switch type {
        case .transformer: return try TransformerModule(folder: folder, usesModuleSettings: true, maximumLength: maximumLength,
                                                          task: name == "MLMTransformer" ? .fillMask : nil)
        case .pooling: return try Pooling(folder: folder)
        case .dense: return try Dense(folder: folder)
        case .normalize: return try Normalize(folder: folder)
        case .layerNorm: return try LayerNormModule(folder: folder)
        case .dropout: return try DropoutModule(folder: folder)
        case .weightedLayerPooling: return try WeightedLayerPooling(folder: folder)
        case .staticEmbedding: return try StaticEmbedding(folder: folder)
        case .spladePooling: return try SpladePooling(folder: folder)
        case .sparseStaticEmbedding: return try SparseStaticEmbedding(folder: folder)
        case .sparseAutoEncoder: return try SparseAutoEncoder(folder: folder)
        case .router:
            depth += 1
            defer { depth -= 1 }
            if depth > Self.depthLimit { throw ModelError("\(file): more than \(Self.depthLimit) routers stand within one another") }
            return try Router(folder: folder, loading: self)
        }
    }
}

extension ModuleType {
    /// Whether a module of this type has weights or modules in its folder.
    fileprivate var hasFilesOfItsOwn: Bool {
        switch self {
        case .pooling, .normalize, .dropout, .spladePooling: return false
        default: return true
        }
    }
}
