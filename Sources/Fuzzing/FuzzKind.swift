/// One kind of input from outside: how inputs that are right are made, how they are spoilt, and how they are read and used.
///
/// An object of a kind lives in a process of its own, which may die of any input (see ``Supervisor``).
package protocol FuzzKind: AnyObject {
    /// As the command line names it.
    static var name: String { get }
    /// What is read, in a few words.
    static var summary: String { get }
    /// Whether Ctrl-C may end what takes long, so that only what goes on after it counts as hanging.
    static var stopsAtInterrupt: Bool { get }

    /// - Parameter workspace: a folder for what an attempt reads and writes. It outlives the process, so that what is costly to
    ///   make is made once.
    init(workspace: String) throws

    /// Inputs that are right: each must be accepted.
    func seeds() throws -> [[UInt8]]
    /// An input that is a little different.
    func mutated(_ input: [UInt8], _ random: inout RandomSource) -> [UInt8]
    /// Reads an input and uses what was read.
    /// - Throws: ``WrongAnswer`` for a result that cannot be right; any other error is a refusal, which is as good as success.
    func attempt(_ input: [UInt8]) throws
}

extension FuzzKind {
    package static var stopsAtInterrupt: Bool { false }
}

/// A result that cannot be right, found without a second program.
package struct WrongAnswer: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// All kinds, in the order in which they are run.
package enum FuzzKinds {
    package static let all: [any FuzzKind.Type] = [
        JSONKind.self, RegularExpressionKind.self, SplitKind.self, JSONLinesKind.self, CSVKind.self, TSVKind.self, SavedDatasetKind.self,
        SafeTensorsKind.self, TokenizerKind.self, VocabularyKind.self, ConfigurationKind.self, ModulesKind.self, AdapterKind.self, IndexKind.self,
        CheckpointKind.self, LuaKind.self,
    ]

    /// A kind by its name. ``FaultyKind`` is there for those who ask for it.
    package static func named(_ name: String) -> (any FuzzKind.Type)? { (all + [FaultyKind.self]).first { $0.name == name } }
}
