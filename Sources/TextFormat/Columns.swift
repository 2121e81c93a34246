extension String {
    /// The text with spaces after it, at least `width` characters.
    package func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }

    /// The text with spaces before it, at least `width` characters.
    package func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
