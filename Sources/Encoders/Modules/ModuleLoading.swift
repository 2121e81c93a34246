import Files

/// Makes modules of the folders that `modules.json` and `router_config.json` name.
enum ModuleLoading {
    /// - Parameters:
    ///   - classPath: such as `sentence_transformers.models.Pooling`, of any version of the reference.
    ///   - file: what errors name.
    ///   - usesModuleSettings: see ``TextEncoder``.
    /// - Throws: ``ModelError``
    static func module(
        classPath: String, folder: String, named file: String, usesModuleSettings: Bool, maximumLength: Int? = nil
    ) throws -> any Module {
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
        switch type {
        case .transformer: return try TransformerModule(folder: folder, usesModuleSettings: usesModuleSettings, maximumLength: maximumLength,
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
        case .router: return try Router(folder: folder)
        }
    }
}
