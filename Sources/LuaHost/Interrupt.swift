import CLuaShim

/// Ctrl-C (SIGINT). Lua code stops by itself at its next instruction, and at the next one again where it catches the error, until
/// the host has control; Swift code that takes long calls ``check()`` where it can stop, on the thread that runs Lua; other
/// threads do not see the request.
public enum Interrupt {
    /// Starts to catch SIGINT; call it on the thread that runs Lua.
    /// - Parameters:
    ///   - count: the signals since ``settle()`` of which the last ends the process at once, whatever it does.
    ///   - warning: written to standard error at the one before.
    public static func install(endingProcessAt count: Int, warning: StaticString? = nil) {
        let text = warning.map { UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self) }
        clua_interrupt_install(Int32(clamping: count), text)
    }

    /// Whether Ctrl-C was pressed and nothing has reacted yet.
    public static var isRequested: Bool { clua_interrupt_is_requested() != 0 }

    /// Whether Ctrl-C was pressed and the thread that runs Lua has not reacted yet; any thread may ask.
    public static var isRequestedAnywhere: Bool { clua_interrupt_is_requested_anywhere() != 0 }

    /// Ends the computation if Ctrl-C was pressed. - Throws: ``Interrupted``.
    public static func check() throws {
        if isRequested, take() { throw Interrupted() }
    }

    /// Reads and clears the request, for code that reacts in another way than by throwing at once. An ``Interrupted`` that it throws
    /// into Lua later makes the request again.
    public static func take() -> Bool { clua_interrupt_take() != 0 }

    /// Does what Ctrl-C does.
    public static func request() { clua_interrupt_request() }

    /// Ends the request: what was to be stopped has stopped, and the host has control again.
    public static func settle() { clua_interrupt_settle() }
}

/// Ctrl-C ended a computation.
public struct Interrupted: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "interrupted!" }
}
