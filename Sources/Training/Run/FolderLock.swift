import Files
import Glibc

/// Keeps an output folder for the runs of one process: two trainings that write and delete each other's checkpoints leave neither whole.
///
/// The lock is one of the kernel's on the file ``fileName``, so a process that is killed holds none. The file tells who holds it, and is
/// removed with the lock. Runs of the same process share it, since they take turns and one that was given up may still be there.
final class FolderLock {
    static let fileName = ".training-lock"

    private let key: String

    /// - Parameter run: the name of the run, for those who find the folder taken.
    /// - Throws: ``TrainingError`` that says who holds the folder; ``FileError`` where nothing can be written there.
    init(folder: String, run: String) throws {
        try Folder.create(folder)
        key = Self.realPath(folder)
        try Self.held.acquire(key) { try Self.lock(folder, run) }
    }

    deinit { Self.held.release(key) }

    private static let held = HeldLocks()

    private static func realPath(_ folder: String) -> String {
        guard let real = realpath(folder, nil) else { return folder }
        defer { free(real) }
        return String(cString: real)
    }

    /// The descriptor that holds the lock, -1 on a file system that has none.
    private static func lock(_ folder: String, _ run: String) throws -> Int32 {
        let path = "\(folder)/\(fileName)"
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { throw FileError("cannot write", path: path, code: errno) }
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                let holder = text(descriptor)
                close(descriptor)
                if code == EINTR { continue }
                if code == EWOULDBLOCK {
                    throw TrainingError("another training writes to \(folder): \(holder.isEmpty ? "a process that has just begun" : holder); wait for its "
                        + "end, or choose another output_dir")
                }
                return -1
            }
            var own = stat(), current = stat()
            // Whoever held it before may have removed the file in between.
            if fstat(descriptor, &own) == 0, stat(path, &current) == 0, own.st_ino == current.st_ino, own.st_dev == current.st_dev {
                write(descriptor, run)
                return descriptor
            }
            close(descriptor)
        }
    }

    private static func write(_ descriptor: Int32, _ run: String) {
        var name = [CChar](repeating: 0, count: 256)
        let host = gethostname(&name, name.count - 1) == 0 ? String(cString: name) : "an unknown host"
        ftruncate(descriptor, 0)
        AppendedFile.write("process \(getpid()) on \(host) since \(Clock.dateText()) (run '\(run)')\n", to: descriptor)
    }

    private static func text(_ descriptor: Int32) -> String {
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        let line = bytes.prefix(max(0, count)).prefix { $0 != UInt8(ascii: "\n") }
        return String(decoding: line.filter { $0 >= 32 }, as: UTF8.self)
    }

    static func unlock(_ folder: String, _ descriptor: Int32) {
        if descriptor < 0 { return }
        // Removed while it is held, so that nobody else's goes.
        unlink("\(folder)/\(fileName)")
        close(descriptor)
    }
}

/// The locks of this process by folder, each with the number of runs that share it.
private final class HeldLocks: @unchecked Sendable {
    private var locks: [String: (descriptor: Int32, count: Int)] = [:]
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() { pthread_mutex_init(mutex, nil) }

    func acquire(_ folder: String, _ lock: () throws -> Int32) throws {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if let known = locks[folder] {
            locks[folder] = (known.descriptor, known.count + 1)
        } else {
            locks[folder] = (try lock(), 1)
        }
    }

    func release(_ folder: String) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let known = locks[folder] else { return }
        if known.count > 1 {
            locks[folder] = (known.descriptor, known.count - 1)
        } else {
            locks[folder] = nil
            FolderLock.unlock(folder, known.descriptor)
        }
    }
}
