import ComputeRuntime
import LuaHost
import Tensors

/// What `require "sentx"` gives: put together from the parts below, one for each exposed type or family.
public enum SentxModule {
    /// Makes `require "sentx"` and the global `help` work.
    /// - Parameter print: where help goes.
    public static func install(in state: LuaState, print: @escaping (String) -> Void) throws {
        // Settings of the environment that make no sense end the program here rather than at the first product.
        _ = ComputeSettings.current
        state.externalBytes = { Storage.liveByteCount }
        MemoryShortage.handle { [weak state] in try? state?.collectGarbage() }
        try state.preload("sentx", doc: "Trains and runs sentence-embedding models and rerankers.", build)
        try state.installHelp(overview: overview, print: print)
    }

    /// Registers everything. A class comes behind the one it inherits from.
    private static let parts: [(LuaModule) throws -> Void] = [
        // Tensors and random numbers.
        TensorBindings.register,

        // Datasets.
        NullValue.register,
        DatasetClass.register,
        DatasetLoading.register,
        CachedDatasets.register,
        JSONModule.register,

        // Tokenizers and models.
        registerTokenizer, registerModels,

        // Losses.
        LossBindings.register,

        // Evaluators.
        registerEvaluators,

        // Search and mining.
        registerSemanticSearch, registerSparseSearch, registerParaphraseMining, registerQuantization, registerMining, registerDistillation,

        // Training.
        registerTraining,

    ]

    private static func build(_ sentx: LuaModule) throws {
        try sentx.constant("version", .string(sentxVersion), doc: "The version of sentx.")
        for part in parts { try part(sentx) }
    }

    private static let overview = """
        help(x)       about a function, class or object, for instance help(sentx.load_dataset)
        help("name")  about everything of that name, for instance help("Dataset:select")
        The library is loaded by: local sentx = require "sentx"
        """
}
