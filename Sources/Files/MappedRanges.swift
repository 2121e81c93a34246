import Glibc

/// Where files lie in memory, for the moment when one has become shorter: touching what it has lost is the signal SIGBUS, which
/// says nothing. With this table the program ends with a line that names the file.
enum MappedRanges {
    private struct Entry {
        var start: UInt = 0
        var end: UInt = 0
        var path: UnsafeMutablePointer<CChar>?
    }

    /// More files than a model has shards; what is mapped beyond is not named.
    private static let capacity = 4096
    /// Read by a signal handler, which may neither allocate nor wait.
    private static let entries: UnsafeMutablePointer<Entry> = {
        let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
        entries.initialize(repeating: Entry(), count: capacity)
        install()
        return entries
    }()
    private static let mutex: UnsafeMutablePointer<pthread_mutex_t> = {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        return mutex
    }()

    static func add(_ bytes: UnsafeMutableRawBufferPointer, _ path: String) {
        guard let base = bytes.baseAddress else { return }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let place = (0..<capacity).first(where: { entries[$0].path == nil }) else { return }
        entries[place].start = UInt(bitPattern: base)
        entries[place].end = UInt(bitPattern: base) + UInt(bytes.count)
        entries[place].path = strdup(path)
    }

    static func remove(_ bytes: UnsafeMutableRawBufferPointer) {
        guard let base = bytes.baseAddress else { return }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        guard let place = (0..<capacity).first(where: { entries[$0].start == UInt(bitPattern: base) && entries[$0].path != nil }) else { return }
        let path = entries[place].path
        entries[place] = Entry()
        free(path)
    }

    private static func install() {
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { _, information, _ in
            MappedRanges.end(at: UInt(bitPattern: information?.pointee._sifields._sigfault.si_addr))
        }
        action.sa_flags = SA_SIGINFO
        sigaction(SIGBUS, &action, nil)
    }

    /// Runs in the signal handler. - Parameter address: what was touched.
    private static func end(at address: UInt) {
        let pageSize = UInt(getpagesize())
        for place in 0..<capacity {
            let entry = entries[place]
            // The last page is mapped in whole.
            guard let path = entry.path, entry.start <= address, address < (entry.end + pageSize - 1) / pageSize * pageSize else { continue }
            write("cannot read ")
            Glibc.write(STDERR_FILENO, path, strlen(path))
            write(": it has become shorter while it was in use; another program wrote into it, where files in use are replaced by renaming. Load it again\n")
            _exit(ProgramOutput.failureStatus)
        }
        // Not ours: the instruction is tried again, and ends the program as it would have.
        signal(SIGBUS, SIG_DFL)
    }

    private static func write(_ text: StaticString) { Glibc.write(STDERR_FILENO, text.utf8Start, text.utf8CodeUnitCount) }
}
