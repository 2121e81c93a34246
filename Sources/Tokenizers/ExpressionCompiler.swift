/// Makes an ``ExpressionProgram``.
///
/// Counted repeats of groups are written out, so that where a match stands is its instruction and its position and no count.
struct ExpressionCompiler {
    private typealias Node = RegularExpression.Node

    private(set) var instructions: [ExpressionProgram.Instruction] = []
    private(set) var sets: [ScalarSet] = []
    private(set) var lookups: [ScalarLookup] = []
    private(set) var ranges: [ClosedRange<UInt32>] = []
    private(set) var setRepeats: [ExpressionProgram.SetRepeat] = []
    private(set) var alternatives: [ExpressionProgram.Alternative] = []
    private(set) var branches: [ExpressionProgram.Branch] = []
    private(set) var outerLoops: [Int] = []
    private(set) var memoryRows = 0

    /// The innermost loop around what is compiled that may take no text, and the number of those.
    private var loop = -1, loopDepth = 0

    /// The most instructions. Expressions in use have some dozens.
    static let instructionLimit = 20_000

    /// - Throws: ``ExpressionProblem`` for an expression that is too large.
    static func compile(_ root: RegularExpression.Node) throws -> ExpressionProgram {
        var compiler = ExpressionCompiler()
        try compiler.add(root, follow: .all)
        compiler.instructions.append(.accept)
        return ExpressionProgram(compiler, first: compiler.first(root, follow: .all))
    }

    // MARK: What a part begins with

    /// The bytes with which a node and what follows it can begin.
    private func first(_ node: Node, follow: ByteSet) -> ByteSet {
        switch node {
        case .set(_, let bytes): return bytes
        case .sequence(let nodes): return nodes.reversed().reduce(follow) { first($1, follow: $0) }
        case .alternatives(let nodes): return nodes.reduce(into: ByteSet()) { $0.formUnion(first($1, follow: follow)) }
        case .repeated(let inner, let counts, _):
            if counts.upperBound <= 1 { return follow }
            let once = first(inner, follow: follow)
            return counts.lowerBound == 0 ? once.union(follow) : once
        case .atomic(let inner): return first(inner, follow: follow)
        case .lookAhead, .assertion: return follow
        }
    }

    // MARK: Instructions

    private mutating func append(_ instruction: ExpressionProgram.Instruction) throws {
        if instructions.count >= Self.instructionLimit {
            throw ExpressionProblem(text: "regular expression: too large, with its counted repeats written out it has more than "
                + "\(Self.instructionLimit) parts")
        }
        instructions.append(instruction)
    }

    private mutating func add(_ node: Node, follow: ByteSet) throws {
        switch node {
        case .set(let set, _):
            if let single = set.single {
                for byte in UTF8Text.bytes([single]) { try append(.byte(byte)) }
            } else {
                try append(.set(place(set)))
            }
        case .sequence(let nodes):
            var follows = [follow]
            for node in nodes.dropFirst().reversed() { follows.append(first(node, follow: follows[follows.count - 1])) }
            for (node, follow) in zip(nodes, follows.reversed()) { try add(node, follow: follow) }
        case .alternatives(let nodes):
            try choose(nodes.map { node in (first(node, follow: follow), { try $0.add(node, follow: follow) }) })
        case .repeated(let inner, let counts, let mode): try add(inner, counts, mode, follow)
        case .lookAhead(let inner, let negated):
            let start = instructions.count
            try append(.look(behind: 0, negated: negated))
            try add(inner, follow: .all)
            try append(.leave)
            instructions[start] = .look(behind: instructions.count, negated: negated)
        case .atomic(.repeated(.set(let set, let bytes), let counts, .greedy)):
            try add(.repeated(.set(set, first: bytes), counts, .possessive), follow: follow)
        case .atomic(let inner):
            try append(.atomic)
            try add(inner, follow: .all)
            try append(.leave)
        case .assertion(let assertion): try append(.assertion(assertion))
        }
    }

    private mutating func place(_ set: ScalarSet) -> Int {
        sets.append(set)
        lookups.append(ScalarLookup(set, &ranges))
        return sets.count - 1
    }

    private mutating func memory() -> ExpressionProgram.Memory {
        defer { memoryRows += loopDepth + 1 }
        return .init(row: memoryRows, loop: loop, depth: loopDepth)
    }

    /// A choice between parts, all of which go on behind the last.
    private mutating func choose(_ parts: [(first: ByteSet, add: (inout ExpressionCompiler) throws -> Void)]) throws {
        let base = alternatives.count
        alternatives += parts.map { .init(first: $0.first, target: 0) }
        try append(.branch(branches.count))
        branches.append(.init(alternatives: base..<alternatives.count, memory: memory()))
        var jumps: [Int] = []
        for (index, part) in parts.enumerated() {
            alternatives[base + index].target = instructions.count
            try part.add(&self)
            if index + 1 < parts.count {
                jumps.append(instructions.count)
                try append(.jump(0))
            }
        }
        for jump in jumps { instructions[jump] = .jump(instructions.count) }
    }

    // MARK: Repeats

    private mutating func add(_ inner: Node, _ counts: Range<Int>, _ mode: RegularExpression.Mode, _ follow: ByteSet) throws {
        if counts.upperBound <= 1 { return }
        if case .set(let set, _) = inner {
            try append(.repeatedSet(setRepeats.count))
            setRepeats.append(.init(set: place(set), counts: counts, mode: mode, follow: follow, behind: instructions.count, memory: memory()))
            return
        }
        if mode == .possessive { return try add(.atomic(.repeated(inner, counts, .greedy)), follow: follow) }
        let enter = first(inner, follow: follow), after = enter.union(follow)
        let before = instructions.count
        for _ in 0..<counts.lowerBound {
            try add(inner, follow: after)
            if instructions.count == before { return }
        }
        if counts.upperBound == .max { return try addLoop(inner, mode, enter: enter, follow: follow) }
        try addOptional(inner, counts.upperBound - 1 - counts.lowerBound, mode, enter: enter, follow: follow)
    }

    /// Up to `count` repeats, each of which may be the last.
    private mutating func addOptional(_ inner: Node, _ count: Int, _ mode: RegularExpression.Mode, enter: ByteSet, follow: ByteSet) throws {
        var leaving: [Int] = []
        for _ in 0..<count {
            let base = alternatives.count
            alternatives += mode == .lazy ? [.init(first: follow, target: 0), .init(first: enter, target: 0)]
                : [.init(first: enter, target: 0), .init(first: follow, target: 0)]
            try append(.branch(branches.count))
            branches.append(.init(alternatives: base..<(base + 2), memory: memory()))
            alternatives[mode == .lazy ? base + 1 : base].target = instructions.count
            leaving.append(mode == .lazy ? base : base + 1)
            let before = instructions.count
            try add(inner, follow: enter.union(follow))
            if instructions.count == before { break }
        }
        for index in leaving { alternatives[index].target = instructions.count }
    }

    /// Any number of repeats.
    private mutating func addLoop(_ inner: Node, _ mode: RegularExpression.Mode, enter: ByteSet, follow: ByteSet) throws {
        let head = instructions.count, base = alternatives.count
        let body = mode == .lazy ? base + 1 : base, exit = mode == .lazy ? base : base + 1
        alternatives += mode == .lazy ? [.init(first: follow, target: 0), .init(first: enter, target: 0)]
            : [.init(first: enter, target: 0), .init(first: follow, target: 0)]
        try append(.branch(branches.count))
        branches.append(.init(alternatives: base..<(base + 2), memory: memory()))
        alternatives[body].target = instructions.count
        if Self.mayBeEmpty(inner) {
            let outer = (loop, loopDepth)
            outerLoops.append(loop)
            (loop, loopDepth) = (outerLoops.count - 1, loopDepth + 1)
            let own = loop
            try append(.beginPass(own))
            try add(inner, follow: enter.union(follow))
            (loop, loopDepth) = outer
            try append(.endPass(own, exit: instructions.count + 2))
        } else {
            try add(inner, follow: enter.union(follow))
        }
        try append(.jump(head))
        alternatives[exit].target = instructions.count
    }

    /// Whether a node may match without taking text.
    private static func mayBeEmpty(_ node: Node) -> Bool {
        switch node {
        case .set: return false
        case .sequence(let nodes): return nodes.allSatisfy(mayBeEmpty)
        case .alternatives(let nodes): return nodes.contains(where: mayBeEmpty)
        case .repeated(let inner, let counts, _): return counts.lowerBound == 0 || mayBeEmpty(inner)
        case .atomic(let inner): return mayBeEmpty(inner)
        case .lookAhead, .assertion: return true
        }
    }
}
