import SafeTensors

/// Looking into files that a run wrote.
enum Reading {
    /// The bits of a ``TinyScorer``'s saved weights.
    static func bits(of path: String) throws -> [UInt32] {
        let file = try SafeTensorsFile(path: path)
        return (try file.floats(of: "classifier.weight") + file.floats(of: "classifier.bias")).map(\.bitPattern)
    }
}
