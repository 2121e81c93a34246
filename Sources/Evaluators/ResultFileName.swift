import Files

/// The names of the files that evaluators write. An evaluator's name is part of them, and may hold what a file's name cannot: a
/// slash would lead out of the folder or to one that is not there.
enum ResultFileName {
    /// The path of a file in the folder of results, with `_` for each slash and control character in its name.
    static func path(_ name: String, in folder: String) -> String {
        var safe = String.UnicodeScalarView()
        for scalar in name.unicodeScalars { safe.append(scalar == "/" || scalar.properties.generalCategory == .control ? "_" : scalar) }
        return Path.join(folder, String(safe))
    }
}
