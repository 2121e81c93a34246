import LuaHost

/// The constructors of the losses of bi-encoders.
enum SentenceTransformerLossBindings {
    /// All of them, a family a line.
    static func register(_ module: LuaModule) throws {
        try registerContrastive(module)
        try registerGuided(module)
        try registerWrapping(module)
        try registerPairwise(module)
        try registerTriplet(module)
        try registerDistillation(module)
        try registerUnsupervised(module)
        try registerDistances(module)
    }
}
