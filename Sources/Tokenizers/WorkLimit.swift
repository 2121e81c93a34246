/// Counts the steps of looking up tokens in one text. Vocabularies of long tokens that begin alike can ask for as many steps at each
/// place of a text as a token has bytes.
struct WorkLimit {
    private var left: Int
    private let limit: Int, bytes: Int

    /// - Parameter bytes: of the text.
    init(bytes: Int) {
        limit = 2_000_000 + 128 * bytes
        left = limit
        self.bytes = bytes
    }

    /// - Throws: ``TextProblem`` if there have been too many steps.
    @inline(__always)
    mutating func take(_ steps: Int) throws {
        left -= steps
        if left < 0 { throw problem() }
    }

    private func problem() -> TextProblem {
        TextProblem(text: "looking up tokens in a text of \(bytes) bytes takes more than \(limit) steps; the vocabulary has too many long tokens "
            + "that begin alike")
    }
}
