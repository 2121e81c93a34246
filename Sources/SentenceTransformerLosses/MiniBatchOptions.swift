import JSON
import Losses

/// How a loss with gradient caching cuts a batch into passes of the model.
public struct MiniBatchOptions {
    /// Texts in one pass of the model (`mini_batch_size`).
    public var size: Int
    /// Tokens in one pass instead (`mini_batch_num_tokens`); a longer text makes a pass of its own. nil counts texts.
    public var tokens: Int?
    /// Told how many texts of all have been embedded, in each of the two rounds (`show_progress_bar`).
    public var onProgress: ((_ done: Int, _ of: Int) -> Void)?

    public init(size: Int = 32, tokens: Int? = nil, onProgress: ((_ done: Int, _ of: Int) -> Void)? = nil) {
        self.size = size
        self.tokens = tokens
        self.onProgress = onProgress
    }

    /// - Throws: ``LossError`` for numbers below 1.
    package func check(for loss: String) throws {
        guard size > 0 else { throw LossError("\(loss): mini_batch_size must be at least 1, got \(size)") }
        if let tokens, tokens < 1 {
            throw LossError("\(loss): mini_batch_num_tokens must be at least 1, got \(tokens); leave it nil to count texts")
        }
    }

    /// A configuration with the settings that are recorded.
    package func added(to configuration: JSONObject) -> JSONObject {
        var configuration = configuration
        configuration["mini_batch_size"] = .integer(Int64(size))
        configuration["mini_batch_num_tokens"] = tokens.map { .integer(Int64($0)) } ?? .null
        return configuration
    }
}

extension LossRequirements {
    /// The same of a loss that caches gradients.
    var cached: LossRequirements {
        var requirements = self
        requirements.usesGradientCache = true
        return requirements
    }
}
