/// The name that somebody probably meant.
enum NearestName {
    /// The candidate with the fewest edits to `name`, if they are few enough to be a slip.
    static func of(_ name: String, among candidates: [String]) -> String? {
        let scored = candidates.map { (name: $0, distance: distance(Array(name), Array($0))) }
        guard let best = scored.min(by: { $0.distance < $1.distance }) else { return nil }
        return best.distance <= max(3, name.count * 2 / 3) ? best.name : nil
    }

    /// Levenshtein's distance.
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                let change = diagonal + (a[i] == b[j] ? 0 : 1)
                diagonal = row[j + 1]
                row[j + 1] = min(change, row[j] + 1, row[j + 1] + 1)
            }
        }
        return row[b.count]
    }
}
