/// " (did you mean 'a'?)" for a name that is none of the candidates; empty if none is near enough to be meant.
///
/// Candidates that have every word of the name, and others between them, come before those that are spelled like it:
/// `should_stop` means `should_training_stop` or `should_epoch_stop` rather than `should_log`.
package func suggestion(for name: String, in candidates: [String]) -> String {
    let longer = candidates.filter { hasWords(of: name, $0) }
    let meant = (1...3).contains(longer.count) ? longer : nearestName(to: name, in: candidates).map { [$0] } ?? []
    return meant.isEmpty ? "" : " (did you mean \(meant.map { "'\($0)'" }.joined(separator: " or "))?)"
}

/// Whether a name of several words has those of another, in their order.
private func hasWords(of name: String, _ candidate: String) -> Bool {
    let words = name.lowercased().split(separator: "_")
    guard words.count > 1 else { return false }
    var rest = words[...]
    for word in candidate.lowercased().split(separator: "_") where word == rest.first { rest.removeFirst() }
    return rest.isEmpty
}

/// The candidate that takes the fewest typing mistakes to become `name`; nil if none is near enough to be meant.
/// - Parameter tolerance: how many mistakes are still near, by default one in three letters.
package func nearestName(to name: String, in candidates: [String], tolerance: Int? = nil) -> String? {
    let typed = Array(name.lowercased().unicodeScalars)
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(typed, Array(candidate.lowercased().unicodeScalars))
        if distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    guard let best, best.distance <= tolerance ?? max(1, typed.count / 3) else { return nil }
    return best.name
}

/// Insertions, deletions, replacements and swaps of neighbours that turn one text into the other.
func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...b.count)
    for i in 0..<a.count {
        var row = [i + 1]
        for j in 0..<b.count {
            var cost = min(row[j] + 1, last[j + 1] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { cost = min(cost, beforeLast[j - 1] + 1) }
            row.append(cost)
        }
        beforeLast = last
        last = row
    }
    return last[b.count]
}
