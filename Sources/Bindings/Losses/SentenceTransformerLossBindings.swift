import Encoders
import Losses
import LuaHost

/// The constructors of the losses of bi-encoders.
enum SentenceTransformerLossBindings {
    /// All of them, a family a line.
    static func register(_ module: LuaModule) throws {
        _ = module
    }
}
