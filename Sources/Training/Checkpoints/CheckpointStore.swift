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

    /// The steps from oldest to newest.
    public func stepsByAge() throws -> [Int] {
        try steps().map { (start: RunProgress.startOfRun(in: path(step: $0)), step: $0) }
            .sorted { ($0.start, $0.step) < ($1.start, $1.step) }
            .map(\.step)
    }

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

    /// Deletes the oldest checkpoints until `limit` are left. The best one is never deleted, nor the newest unless
    /// `keepsNewest` is off and a best one exists.
    public func rotate(limit: Int, best: Int?, keepsNewest: Bool = true) throws {
        let steps = try stepsByAge()
        var kept: Set<Int> = []
        if let best, steps.contains(best) { kept.insert(best) }
        if let newest = steps.last, keepsNewest || kept.isEmpty { kept.insert(newest) }
        var surplus = steps.count - max(limit, kept.count)
        for step in steps where surplus > 0 && !kept.contains(step) {
            try Folder.remove(path(step: step))
            surplus -= 1
        }
    }
}
