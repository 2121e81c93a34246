import CLuaShim

/// Ctrl-C (SIGINT). Lua code stops by itself at its next instruction; Swift code that takes long calls ``check()`` where it
/// can stop, on the thread that runs Lua; other threads do not see the request.
public enum Interrupt {
    /// Starts to catch SIGINT; call it on the thread that runs Lua.
    /// - Parameter secondEndsProcess: whether a second signal kills the process at once.
    public static func install(secondEndsProcess: Bool) { clua_interrupt_install(secondEndsProcess ? 1 : 0) }

    /// Whether Ctrl-C was pressed and nothing has reacted yet.
    public static var isRequested: Bool { clua_interrupt_is_requested() != 0 }

    /// Whether Ctrl-C was pressed and the thread that runs Lua has not reacted yet; any thread may ask.
    public static var isRequestedAnywhere: Bool { clua_interrupt_is_requested_anywhere() != 0 }

    /// Ends the computation if Ctrl-C was pressed. - Throws: ``Interrupted``.
    public static func check() throws {
        if isRequested, take() { throw Interrupted() }
    }

    /// Reads and clears the request, for code that reacts in another way than by throwing.
    public static func take() -> Bool { clua_interrupt_take() != 0 }

    /// Does what Ctrl-C does.
    public static func request() { clua_interrupt_request() }
}

/// Ctrl-C ended a computation.
public struct Interrupted: Error, CustomStringConvertible {
    public init() {}
    public var description: String { "interrupted!" }
}
