import Datasets
import Files
import LuaHost
import Training

/// `sentx.load_dataset` and `sentx.load_from_disk`.
enum DatasetLoading {
    static func register(_ sentx: LuaModule) throws {
        try sentx.function("load_dataset", doc: Doc("""
            Reads local data: a file, a list of files that belong together, a folder that save_to_disk wrote, or a folder
            with a file for each split (train.jsonl, test.csv ...), which gives a table of datasets by name of split.
            The format follows from the ending: .jsonl, .json, .csv, .tsv, .txt. With SMOKE_TEST=1, the first 50 rows.
            """, parameters: [.init("path", "string or list of strings", "files or a folder; or a format, with the option data_files")],
            options: [
                .init("split", "string", optional: true, "one split, or part of it: \"train\", \"train[:1000]\", \"[10%:20%]\""),
                .init("format", "string", optional: true, "jsonl, json, csv, tsv or text, where the ending does not tell"),
                .init("columns", "list of names", optional: true, "only these columns, in this order"),
                .init("column_names", "list of names", optional: true, "csv, tsv: names of the columns; the first row is then data"),
                .init("header", "boolean", optional: true, "csv, tsv: whether the first row holds names; default: true without column_names"),
                .init("delimiter", "string", optional: true, "csv, tsv: the character between fields"),
                .init("quote", "string", default: "'\"'", "csv, tsv: the character around fields; \"\" for none"),
                .init("field", "string", optional: true, "json: the member of the document that holds the data"),
                .init("data_files", "string, list or table", optional: true, "files, or files by name of split"),
            ], returns: "Dataset, or a table of Datasets by name of split",
            example: "local train = sentx.load_dataset(\"data/train.jsonl\", { split = \"train[:10000]\" })")) { call in
            let options = try call.options(2)
            let split = try options.optionalString("split").map { try SplitExpression($0) }
            var reading = try readOptions(options)
            var source = call.slot(1)
            if options.has("data_files") {
                reading.format = try DatasetFormat(name: call.slot(1))
                source = options.slot("data_files")
            }
            try options.finish()
            return try load(source, split, reading, call)
        }
        try sentx.function("load_from_disk", doc: Doc("Reads a folder that Dataset:save_to_disk wrote.",
                                                      parameters: [.init("path", "string", "the folder")], returns: "Dataset")) { call in
            .object(try Dataset.load(from: call.string(1)))
        }
    }

    private static func load(_ source: LuaSlot, _ split: SplitExpression?, _ options: DatasetReadOptions, _ call: LuaCall) throws -> LuaValue {
        var files: [(split: String, paths: [String])] = []
        if case .table(let table) = source.value, table.count == 0 {
            for (key, value) in try table.pairs() {
                guard case .string(let name) = key else { throw source.mismatch("path or paths by name of split") }
                files.append((name, try LuaSlot(value, state: call.state, place: "\(call.name): data_files.\(name)").paths()))
            }
            files.sort { $0.split < $1.split }
        } else {
            let paths = try source.paths()
            if paths.count == 1, Folder.exists(paths[0]), let found = try splitFiles(in: paths[0]) {
                files = found
            } else {
                for path in paths where DatasetFormat(path: path) == nil && options.format == nil && !Path.exists(path) {
                    throw call.error("there is no file or folder \(path); sentx reads local files")
                }
                let whole = try Dataset.concatenateRead(paths, options)
                if let name = split?.name, name != "train" { throw call.error("there is no split \"\(name)\"; a single file is the split \"train\"") }
                return .object(split?.apply(to: whole) ?? whole)
            }
        }
        if let split {
            guard let name = split.name ?? (files.count == 1 ? files[0].split : nil), let file = files.first(where: { $0.split == name }) else {
                throw call.error("there is no split \"\(split.name ?? "")\"; there are \(files.map(\.split).joined(separator: ", "))")
            }
            return .object(split.apply(to: try Dataset.concatenateRead(file.paths, options)))
        }
        return try call.record(files.map { ($0.split, .object(try Dataset.concatenateRead($0.paths, options))) })
    }

    /// Files named after splits in a folder; nil if the folder is a saved dataset or has none.
    private static func splitFiles(in folder: String) throws -> [(split: String, paths: [String])]? {
        let names = try Folder.entries(folder)
        if names.contains("dataset.json") || names.contains("dataset_info.json") { return nil }
        let known = ["train", "validation", "valid", "val", "dev", "eval", "test"]
        let found = names.compactMap { name -> (split: String, paths: [String])? in
            guard DatasetFormat(path: name) != nil, let split = known.first(where: { name.hasPrefix($0 + ".") }) else { return nil }
            return (split, [Path.join(folder, name)])
        }
        for file in found where found.filter({ $0.split == file.split }).count > 1 {
            throw DatasetError(place: folder, "several files for the split \"\(file.split)\"; name the file to read")
        }
        return found.isEmpty ? nil : found
    }

    private static func readOptions(_ options: LuaOptions) throws -> DatasetReadOptions {
        var reading = DatasetReadOptions()
        if options.has("format") { reading.format = try DatasetFormat(name: options.slot("format")) }
        reading.columns = try options.optionalStrings("columns")
        reading.columnNames = try options.optionalStrings("column_names")
        reading.hasHeader = try options.optionalBool("header")
        reading.delimiter = try character(options.slot("delimiter"))
        if options.has("quote") { reading.quote = try options.string("quote").isEmpty ? nil : character(options.slot("quote")) }
        reading.field = try options.optionalString("field")
        reading.onNote = { reportNotes([$0]) }
        return reading
    }

    private static func character(_ slot: LuaSlot) throws -> UInt8? {
        if slot.isNil { return nil }
        let bytes = Array(try slot.string().utf8)
        guard bytes.count == 1 else { throw slot.invalid("must be one character") }
        return bytes[0]
    }
}

extension DatasetFormat {
    /// The format of this name. `json` is decided by the content, so it serves for JSON lines too.
    fileprivate init(name slot: LuaSlot) throws {
        self = DatasetFormat(rawValue: try slot.choice(DatasetFormat.allCases.map(\.rawValue)))!
    }
}

extension Dataset {
    /// Rows of each file set that a smoke test reads.
    private static let smokeTestRowCount = 50

    fileprivate static func concatenateRead(_ paths: [String], _ options: DatasetReadOptions) throws -> Dataset {
        let datasets = try paths.map { try read($0, options: options) }
        let whole = datasets.count == 1 ? datasets[0] : try concatenate(datasets)
        // A smoke test walks the whole path, mining included, on a handful of rows.
        return RunEnvironment.isSmokeTest ? try whole.select(rows: Array(0..<min(smokeTestRowCount, whole.rowCount))) : whole
    }
}
