/// A regular expression as a list of instructions for ``RegularExpressionMatcher``.
final class ExpressionProgram: Sendable {
    /// One step of a match. Numbers are places in the lists below.
    enum Instruction {
        case byte(UInt8)
        case set(Int)
        case repeatedSet(Int)
        /// Goes on with the first of some alternatives; the others are tried later.
        case branch(Int)
        case jump(Int)
        case assertion(RegularExpression.Assertion)
        /// Begins the body of a look-ahead, which ends in `leave`; then goes on behind it.
        case look(behind: Int, negated: Bool)
        /// Begins the body of an atomic group, which ends in `leave`.
        case atomic
        case leave
        /// Notes where a pass through a loop begins whose body may take no text.
        case beginPass(Int)
        /// Leaves such a loop if the pass took no text.
        case endPass(Int, exit: Int)
        case accept
    }

    /// One of the ways to go on.
    struct Alternative {
        /// What it can begin with.
        var first: ByteSet
        var target: Int
    }

    /// A choice between alternatives.
    struct Branch {
        var alternatives: Range<Int>
        /// Where its failures are noted.
        var memory: Memory
    }

    /// A set that is repeated.
    struct SetRepeat {
        var set: Int
        var counts: Range<Int>
        var mode: RegularExpression.Mode
        /// What can follow.
        var follow: ByteSet
        /// The instruction that follows.
        var behind: Int
        var memory: Memory

        /// Whether a run of the set may have any length.
        var isUnbounded: Bool { counts.upperBound == .max }
    }

    /// Where an instruction notes the positions from which it failed. Whether it fails depends on the position, and, inside loops
    /// that may take no text, on which of them have taken some since the pass began: there is one row for each number of those.
    struct Memory {
        var row: Int
        /// The innermost loop around the instruction, -1 for none, and the number of such loops.
        var loop: Int
        var depth: Int

        /// The row for positions where all of the loops have taken text.
        var lastRow: Int { row + depth }
    }

    let instructions: [Instruction]
    let sets: [ScalarSet]
    let lookups: [ScalarLookup]
    let ranges: [ClosedRange<UInt32>]
    let setRepeats: [SetRepeat]
    let alternatives: [Alternative]
    let branches: [Branch]
    /// The loop around each loop that may take no text, -1 for none.
    let outerLoops: [Int]
    let memoryRows: Int
    /// What a match can begin with.
    let first: ByteSet

    init(_ compiler: ExpressionCompiler, first: ByteSet) {
        instructions = compiler.instructions
        sets = compiler.sets
        lookups = compiler.lookups
        ranges = compiler.ranges
        setRepeats = compiler.setRepeats
        alternatives = compiler.alternatives
        branches = compiler.branches
        outerLoops = compiler.outerLoops
        memoryRows = compiler.memoryRows
        self.first = first
    }
}
