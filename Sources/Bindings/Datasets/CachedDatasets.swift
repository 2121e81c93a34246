import Datasets
import Files
import JSON
import LuaHost
import Training

/// `sentx.cached_datasets`: datasets that are costly to make, kept in a folder.
enum CachedDatasets {
    static func register(_ sentx: LuaModule) throws {
        try sentx.functionWithResults("cached_datasets", doc: Doc("""
            Datasets that a function makes, such as mined negatives, kept in a folder. They are read from there as long as
            the key is the same as when they were made, else the function makes them again.
            """, parameters: [
                .init("path", "string", "the folder; it is replaced in one step when the datasets are made"),
                .init("key", "any", "what the datasets depend on: strings, numbers, booleans and tables of these"),
                .init("make", "function", "gives one or more Datasets"),
            ], returns: "the datasets that the function gives", example: """
            local train, dev = sentx.cached_datasets("data/mined", { "all-MiniLM-L6-v2", 5 }, function()
              return mine(train_pairs), mine(dev_pairs)
            end)
            """)) { call in
            // What a smoke test makes is kept apart from the real thing.
            let folder = try call.string(1) + (RunEnvironment.isSmokeTest ? "-smoke" : "")
            let key = try JSONModule.encoded(call.slot(2))
            let make = try call.function(3)
            if let kept = try read(folder, key) { return kept.map { .object($0) } }

            let datasets = try make.call().enumerated().map { number, value in
                try LuaSlot(value, state: call.state, place: "\(call.name): result \(number + 1) of the function").object(Dataset.self)
            }
            guard !datasets.isEmpty else { throw call.error("the function gave no dataset") }
            // Only a folder of ours is replaced.
            if Folder.exists(folder), try !Folder.entries(folder).isEmpty, !Path.exists(Path.join(folder, keyFile)) {
                throw call.error("\(folder) holds something else; name another folder")
            }
            try AtomicFolder.replace(folder, keepsOtherEntries: false) { temporary in
                for (number, dataset) in datasets.enumerated() { try dataset.save(to: Path.join(temporary, "\(number + 1)")) }
                let description: JSONValue = ["key": key, "datasets": .integer(Int64(datasets.count))]
                try AtomicFile.write(description.serialized(pretty: true) + "\n", to: Path.join(temporary, keyFile))
            }
            return datasets.map { .object($0) }
        }
    }

    /// The datasets of a folder if it was made for this key.
    private static func read(_ folder: String, _ key: JSONValue) throws -> [Dataset]? {
        let path = Path.join(folder, keyFile)
        guard Path.exists(path) else { return nil }
        let description = try JSONValue.parse(contentsOfFile: path, options: .init(allowsNonFinite: true))
        guard description["key"]?.serialized() == key.serialized(), let count = description["datasets"]?.asInteger, count > 0 else { return nil }
        // The count is believed as far as there are folders.
        var datasets: [Dataset] = []
        while datasets.count < count { datasets.append(try Dataset.load(from: Path.join(folder, "\(datasets.count + 1)"))) }
        return datasets
    }

    private static let keyFile = "key.json"
}
