import Glibc
import Synchronization

/// The one scheduler of the program: a fixed set of threads that run numbered tasks.
///
/// Work is cut into tasks by the caller, and a task's result may not depend on the thread that runs it, so
/// results are the same bits whenever the cut is the same. The cut may depend on ``threadCount``.
///
/// A call made from inside a task, or while another thread is using the pool, runs its tasks inline in order.
public final class ThreadPool: @unchecked Sendable {
    /// The pool used by every kernel, of the size that ``ComputeSettings`` has.
    public static let shared: ThreadPool = {
        let settings = ComputeSettings.current
        let pool = ThreadPool(threadCount: settings.threadCount)
        if let remark = settings.remark { fputs("sentx: \(remark)\n", stderr) }
        if pool.threadCount < settings.threadCount {
            fputs("sentx: only \(pool.threadCount) of \(settings.threadCount) threads could be started; the limit of threads or of memory is reached\n", stderr)
        }
        return pool
    }()

    /// Number of threads that run tasks, the calling thread included: those that the system has let start.
    public private(set) var threadCount = 1

    private let ownership: UnsafeMutablePointer<pthread_mutex_t>
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let wake: UnsafeMutablePointer<pthread_cond_t>
    private let finished: UnsafeMutablePointer<pthread_cond_t>
    private let nextTask = Atomic<Int>(0)
    private let generation = Atomic<Int>(0)
    private let busyWorkers = Atomic<Int>(0)
    private var taskCount = 0
    private var context: UnsafeRawPointer?

    /// How long a waiting thread looks again and again before it sleeps. To wake a thread takes tens of microseconds, on a
    /// virtual processor more, and between two kernels there is mostly less to do than that.
    private static let patience = Duration.microseconds(500)

    package init(threadCount: Int) {
        ownership = .allocate(capacity: 1)
        mutex = .allocate(capacity: 1)
        wake = .allocate(capacity: 1)
        finished = .allocate(capacity: 1)
        pthread_mutex_init(ownership, nil)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(wake, nil)
        pthread_cond_init(finished, nil)
        // A worker looks at nothing but ``generation`` until the first tasks come, so that the count may grow meanwhile.
        while self.threadCount < threadCount, startWorker() { self.threadCount += 1 }
    }

    /// Runs `task(0) ... task(count - 1)`, each once, and returns when all are done.
    public func run(count: Int, _ task: (Int) -> Void) {
        if count <= 0 { return }
        if count == 1 || threadCount == 1 || pthread_mutex_trylock(ownership) != 0 {
            for index in 0..<count { task(index) }
            return
        }
        defer { pthread_mutex_unlock(ownership) }
        withoutActuallyEscaping(task) { task in
            withUnsafePointer(to: task) { pointer in
                context = UnsafeRawPointer(pointer)
                taskCount = count
                busyWorkers.store(threadCount - 1, ordering: .relaxed)
                nextTask.store(0, ordering: .relaxed)
                pthread_mutex_lock(mutex)
                generation.add(1, ordering: .releasing)
                pthread_cond_broadcast(wake)
                pthread_mutex_unlock(mutex)
                drain(task)
                waitForWorkers()
            }
        }
    }

    /// Runs `task` on contiguous ranges that cover `0..<count`, each at least `grain` long unless it is the last.
    /// The cut is a function of `count`, `grain` and ``threadCount`` only.
    @inlinable
    public func runRanges(count: Int, grain: Int, _ task: (Range<Int>) -> Void) {
        if count <= 0 { return }
        let parts = min(threadCount * 4, max(1, count / max(1, grain)))
        let size = (count + parts - 1) / parts
        let used = (count + size - 1) / size
        run(count: used) { task($0 * size ..< min(count, ($0 + 1) * size)) }
    }

    private func drain(_ task: (Int) -> Void) {
        while true {
            let index = nextTask.add(1, ordering: .relaxed).oldValue
            if index >= taskCount { return }
            task(index)
        }
    }

    private func waitForWorkers() {
        if Self.comesSoon({ busyWorkers.load(ordering: .acquiring) == 0 }) { return }
        pthread_mutex_lock(mutex)
        while busyWorkers.load(ordering: .acquiring) > 0 { pthread_cond_wait(finished, mutex) }
        pthread_mutex_unlock(mutex)
    }

    /// Waits until `condition` holds, but no longer than ``patience``; others who want the processor get it.
    private static func comesSoon(_ condition: () -> Bool) -> Bool {
        for _ in 0..<4_000 where condition() { return true }
        let end = ContinuousClock.now + patience
        repeat {
            for _ in 0..<50 where condition() { return true }
            sched_yield()
        } while ContinuousClock.now < end
        return condition()
    }

    private func workerLoop() {
        var seen = 0
        while true {
            if !Self.comesSoon({ generation.load(ordering: .acquiring) != seen }) {
                pthread_mutex_lock(mutex)
                while generation.load(ordering: .acquiring) == seen { pthread_cond_wait(wake, mutex) }
                pthread_mutex_unlock(mutex)
            }
            seen += 1
            drain(context!.assumingMemoryBound(to: ((Int) -> Void).self).pointee)
            if busyWorkers.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 {
                pthread_mutex_lock(mutex)
                pthread_cond_signal(finished)
                pthread_mutex_unlock(mutex)
            }
        }
    }

    /// - Returns: whether the system has started one more.
    private func startWorker() -> Bool {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        let status = pthread_create(&thread, nil, { argument in
            // Signals such as Ctrl-C belong to the main thread.
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            Unmanaged<ThreadPool>.fromOpaque(argument!).takeUnretainedValue().workerLoop()
            return nil
        }, box.toOpaque())
        guard status == 0 else {
            box.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}
