import Files
import Foundation

/// The pretrained model that scripts/test.sh fetches; tests that need it are skipped without it.
enum BaseModel {
    /// `SENTX_MODEL`, or `models/all-MiniLM-L6-v2` in the package; nil if it is not there.
    static let path: String? = {
        let path = ProcessInfo.processInfo.environment["SENTX_MODEL"] ?? Path.join(LuaBlock.root, "models/all-MiniLM-L6-v2")
        return Path.exists(Path.join(path, "model.safetensors")) ? path : nil
    }()
}
