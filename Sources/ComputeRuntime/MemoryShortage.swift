import Glibc

/// Who can free memory when there is not enough: an interpreter whose collector has not run yet. Each thread has its own.
public enum MemoryShortage {
    private final class Handler {
        let body: () -> Void
        /// A collector runs finalizers, which may ask for memory themselves.
        var isRunning = false

        init(_ body: @escaping () -> Void) { self.body = body }
    }

    private static let key: pthread_key_t = {
        var key = pthread_key_t()
        pthread_key_create(&key) { Unmanaged<Handler>.fromOpaque($0!).release() }
        return key
    }()

    /// Has `body` called on this thread, in place of what was set before, when a request for memory would fail.
    public static func handle(_ body: @escaping () -> Void) {
        if let before = pthread_getspecific(key) { Unmanaged<Handler>.fromOpaque(before).release() }
        pthread_setspecific(key, Unmanaged.passRetained(Handler(body)).toOpaque())
    }

    /// Calls the handler of this thread. - Returns: whether there is one.
    static func relieve() -> Bool {
        guard let pointer = pthread_getspecific(key) else { return false }
        let handler = Unmanaged<Handler>.fromOpaque(pointer).takeUnretainedValue()
        if handler.isRunning { return false }
        handler.isRunning = true
        handler.body()
        handler.isRunning = false
        return true
    }
}
