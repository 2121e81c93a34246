import LuaHost

/// The constructors of the losses of bi-encoders.
enum SentenceTransformerLossBindings {
    /// All of them, a family a line.
    static func register(_ module: LuaModule) throws {
        try registerContrastive(module)
        try registerGuided(module)
        try registerWrapping(module)
    }
}
