import Files
import Glibc
import JSON

/// A file of what was found, one line of JSON for each query.
enum PredictionsFile {
    /// Replaces the file `name` of `folder`, which is made if it is not there.
    static func write(_ lines: some Sequence<JSONObject>, to folder: String, name: String) throws {
        try Folder.create(folder)
        let path = ResultFileName.path(name, in: folder)
        guard let file = fopen(path, "w") else { throw FileError("cannot open", path: path, code: errno) }
        var isWritten = true
        for line in lines { isWritten = isWritten && fputs(JSONValue.object(line).serialized() + "\n", file) >= 0 }
        // What was buffered may meet a full disk only here.
        let isClosed = fclose(file) == 0
        if !isWritten || !isClosed { throw FileError("cannot write", path: path, code: errno) }
    }
}
