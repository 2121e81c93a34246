import Files
import Glibc

/// The CSV file to which an evaluator adds one row a run.
///
/// Lines end in CR LF unless told otherwise, and numbers have their shortest exact form, as Python's `csv` module writes them, so that rows of
/// both libraries can share a file.
struct MetricsFile {
    /// File name within the output folder.
    let name: String
    /// Column names after `epoch` and `steps`.
    let columns: [String]
    var lineEnd = "\r\n"

    /// Appends a row, below a header if the file is new. Creates the folder. Does nothing if the moment has no folder.
    ///
    /// - Parameter values: one per column, as text.
    func append(_ values: [String], at moment: EvaluationMoment) throws {
        guard let folder = moment.outputFolder else { return }
        try Folder.create(folder)
        let path = ResultFileName.path(name, in: folder)
        let epoch = moment.epoch == -1 ? "-1" : moment.epoch.description
        var text = ""
        if access(path, F_OK) != 0 { text = (["epoch", "steps"] + columns).joined(separator: ",") + lineEnd }
        text += ([epoch, moment.steps.description] + values).joined(separator: ",") + lineEnd
        guard let file = fopen(path, "a") else { throw FileError("cannot open", path: path, code: errno) }
        let written = fputs(text, file) >= 0
        // What was buffered may meet a full disk only here.
        let closed = fclose(file) == 0
        if !written || !closed { throw FileError("cannot write", path: path, code: errno) }
    }
}
