/// An error of a Lua program, or one that Swift raises into it.
///
/// An error raised in Swift code that Lua called gets `script.lua:LINE: ` in front. An error which came from Lua goes back
/// to Lua as it was, with its value and the traceback of its origin.
public struct LuaError: Error, CustomStringConvertible {
    /// What went wrong, for an error from Lua with its position in front.
    public let message: String
    /// Where it was raised: the lines of a Lua traceback.
    public let traceback: String?
    /// The value that Lua code raised; nil if the error began in Swift.
    public let value: LuaValue?

    public init(_ message: String) {
        self.message = message
        traceback = nil
        value = nil
    }

    init(message: String, traceback: String?, value: LuaValue) {
        self.message = message
        self.traceback = traceback
        self.value = value
    }

    /// Whether Ctrl-C ended the program.
    public var isInterrupt: Bool { message.hasSuffix(Interrupted().description) }

    /// For an error from compiling: whether the text ended too early, so that more of it may make it valid.
    public var isIncompleteChunk: Bool { message.hasSuffix("near <eof>") }

    public var description: String { message }
}

extension Error {
    /// Whether Ctrl-C is the reason, noticed in Swift or in Lua.
    public var isInterrupt: Bool { self is Interrupted || (self as? LuaError)?.isInterrupt == true }
}
