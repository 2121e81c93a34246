import Files
import JSON

/// Datasets that are costly to make, kept in a folder together with the key of what they were made from.
///
/// The folder holds `key.json` and one saved dataset for each number from 1. A different key makes them anew, so a
/// changed setting never meets yesterday's data.
public enum DatasetCache {
    /// The datasets kept under `key`, or those that `make` gives, which are kept before they are returned.
    ///
    /// - Parameters:
    ///   - folder: written in one step when `make` is done; what it held before is replaced.
    ///   - key: everything that decides the content.
    /// - Throws: what `make` throws, and ``DatasetError`` or `FileError` if the folder cannot be written. A damaged
    ///   folder counts as absent.
    public static func datasets(in folder: String, key: JSONValue, make: () throws -> [Dataset]) throws -> [Dataset] {
        if let kept = try? load(folder, key: key) { return kept }
        let made = try make()
        try AtomicFolder.replace(folder, keepsOtherEntries: false) { temporary in
            for (index, dataset) in made.enumerated() { try dataset.save(to: "\(temporary)/\(index + 1)") }
            let record = JSONValue.object(["key": key, "datasets": .integer(Int64(made.count))])
            try AtomicFile.write(record.serialized(pretty: true), to: "\(temporary)/key.json")
        }
        return made
    }

    private static func load(_ folder: String, key: JSONValue) throws -> [Dataset]? {
        let record = try JSONValue.parse(contentsOfFile: "\(folder)/key.json")
        guard record["key"] == key, let count = record["datasets"]?.asInteger, count >= 0 else { return nil }
        return try (0..<count).map { try Dataset.load(from: "\(folder)/\($0 + 1)") }
    }
}
