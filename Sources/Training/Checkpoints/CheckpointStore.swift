import Files
import Glibc
import TextFormat

/// The `checkpoint-STEP` folders of an output folder: listing, choosing, deleting.
///
/// Several runs may have left checkpoints in one folder. They are ordered by the start of their run first and by step
/// second, so the newest one always belongs to the run that was started last.
public struct CheckpointStore {
    /// The output folder.
    public let folder: String

    public init(folder: String) { self.folder = folder }

    /// A checkpoint folder, as far as choosing needs to know it.
    struct Entry {
        let step: Int
        /// Microseconds since 1970 at the start of the run that wrote it; nil if its `run_state.json` cannot be read.
        let startOfRun: Int?
    }

    /// The path of the checkpoint of a step.
    public func path(step: Int) -> String { "\(folder)/checkpoint-\(step)" }

    /// The steps that have a folder, unordered. Temporary folders that a killed run left have other names and do not count.
    public func steps() throws -> [Int] {
        guard Folder.exists(folder) else { return [] }
        return try Folder.entries(folder).compactMap { name in
            guard name.hasPrefix("checkpoint-"), let step = Int(name.dropFirst("checkpoint-".count)), step >= 0,
                  Folder.exists("\(folder)/\(name)") else { return nil }
            return step
        }
    }

    /// The checkpoints from oldest to newest. Those whose run cannot be told come last: who resumes is told why, before an older one is
    /// taken in their place.
    func entriesByAge() throws -> [Entry] {
        try steps().map { Entry(step: $0, startOfRun: startOfRun(step: $0)) }
            .sorted { ($0.startOfRun ?? .max, $0.step) < ($1.startOfRun ?? .max, $1.step) }
    }

    /// The start of the run that wrote a checkpoint; nil if there is none, or if it cannot be read.
    func startOfRun(step: Int) -> Int? { try? RunProgress.read(path(step: step)).progress.startedAt }

    /// The steps of the checkpoints of the run that was started at this moment.
    func steps(ofRun start: Int) throws -> [Int] { try steps().filter { startOfRun(step: $0) == start }.sorted() }

    /// Removes what killed processes left of unfinished checkpoints; those of running processes are left alone.
    public func removeUnfinished() throws {
        guard Folder.exists(folder) else { return }
        for name in try Folder.entries(folder) where name.hasPrefix(".") {
            // `.checkpoint-8.tmp-PROCESS-COUNTER`, or with a second such ending for a model on its way into one.
            let parts = name.split(separator: "-")
            guard name.contains("checkpoint-"), name.contains(".tmp-"), parts.count >= 4,
                  let process = pid_t(parts[parts.count - 2]), process != getpid() else { continue }
            if kill(process, 0) != 0 && errno == ESRCH { try Folder.remove("\(folder)/\(name)") }
        }
    }

    /// Deletes the oldest checkpoints until `limit` are left: those of other runs first, whatever the clock said when they began. The steps
    /// in `kept` are never deleted, nor is a folder that is no checkpoint of this program's or cannot be read; that one does not count either.
    func rotate(limit: Int, ofRun start: Int, kept: Set<Int>) throws {
        let entries = try entriesByAge().filter { $0.startOfRun != nil }
        let ordered = entries.filter { $0.startOfRun != start } + entries.filter { $0.startOfRun == start }
        // A folder of another run may have the number of one that is to be kept.
        func isKept(_ entry: Entry) -> Bool { entry.startOfRun == start && kept.contains(entry.step) }
        var surplus = ordered.count - max(limit, ordered.filter(isKept).count)
        for entry in ordered where surplus > 0 && !isKept(entry) {
            try remove(step: entry.step)
            surplus -= 1
        }
    }

    /// Removes a checkpoint, first from under its name: a kill in the middle must not leave a part of it there.
    private func remove(step: Int) throws {
        let path = path(step: step)
        // A name that ``removeUnfinished()`` knows.
        let aside = "\(folder)/.checkpoint-\(step).tmp-\(getpid())-removed"
        try Folder.remove(aside)
        guard rename(path, aside) == 0 else { throw FileError("cannot remove", path: path, code: errno) }
        try Folder.remove(aside)
    }
}
