/// Matches a regular expression by backtracking, with a stack of its own and a limit on the number of steps.
///
/// One matcher serves many searches in one text. Once they have taken more steps than ordinary expressions need, failures are
/// noted and not tried again, so that the time grows with the length of the text and not with its powers.
struct RegularExpressionMatcher {
    private let program: ExpressionProgram
    private let text: [UInt8]
    private let classes = CharacterClass.of

    /// What is searched, and whether a match has to reach its end.
    private var range = 0..<0
    private var mustReachEnd = false
    private var stack: [Waiting] = []
    /// Where on the stack the bodies begin that the match is in.
    private var bodies: [Int] = []
    private var passStarts: [Int]
    private var failures = FailureMemory()
    private var steps = 0
    /// The number of steps at which ``pause()`` is due.
    private var nextPause: Int
    private let rememberAt: Int
    private let stepLimit: Int

    /// What is tried, or done, when a match fails behind it.
    private struct Waiting {
        enum Kind { case branch, shrinkingRepeat, growingRepeat, failedBranch, failedRepeat, pass, atomic, look, negatedLook }
        var kind: Kind
        /// An alternative, a repeat, a loop or the instruction behind a body.
        var place: Int32
        var position: Int32
        /// Where the repeats or alternatives end, or the row of the memory.
        var low: Int32 = 0
        var high: Int32 = 0
    }

    private static let stackLimit = 4_000_000

    /// - Throws: ``ExpressionProblem`` for a text of 2 GiB or more.
    init(_ expression: RegularExpression, _ text: [UInt8]) throws {
        if text.count >= Int32.max { throw ExpressionProblem(text: "regular expression: a text of \(text.count) bytes is too long") }
        program = expression.program
        self.text = text
        passStarts = Array(repeating: 0, count: program.outerLoops.count)
        rememberAt = 20_000 + 32 * text.count
        stepLimit = 50_000_000 + 200 * text.count
        nextPause = min(rememberAt, Cancellation.interval)
    }

    // MARK: Searches

    /// The matches within `range`, from left to right, without overlap; they may be empty.
    /// - Throws: ``ExpressionProblem`` if that takes too many steps; what ``Cancellation`` throws.
    mutating func matches(_ range: Range<Int>) throws -> [Range<Int>] {
        begin(range)
        var found: [Range<Int>] = []
        var index = range.lowerBound
        var lastEnd = -1
        while true {
            while index < range.upperBound && !program.first.contains(text[index]) { index += 1 }
            if index >= range.upperBound && !(index == range.upperBound && program.first.acceptsEnd) { return found }
            if let end = try match(index), !(end == index && end == lastEnd) {
                found.append(index..<end)
                lastEnd = end
                if end > index {
                    index = end
                    continue
                }
            }
            index += index < range.upperBound ? UTF8Text.scalar(text, index).width : 1
        }
    }

    mutating func matchesWhole(_ range: Range<Int>) throws -> Bool {
        begin(range)
        mustReachEnd = true
        return try match(range.lowerBound) != nil
    }

    mutating func matchesStart(of range: Range<Int>) throws -> Bool {
        begin(range)
        return try match(range.lowerBound) != nil
    }

    mutating func isFound(in range: Range<Int>) throws -> Bool {
        begin(range)
        var index = range.lowerBound
        while true {
            if try match(index) != nil { return true }
            if index >= range.upperBound { return false }
            index += UTF8Text.scalar(text, index).width
        }
    }

    private mutating func begin(_ range: Range<Int>) {
        self.range = range
        failures.forget()
        if steps > rememberAt { failures.begin(rows: program.memoryRows, range) }
    }

    // MARK: One match

    /// The end of the match that begins at `start`, nil if there is none.
    private mutating func match(_ start: Int) throws -> Int? {
        stack.removeAll(keepingCapacity: true)
        bodies.removeAll(keepingCapacity: true)
        var place = 0, position = start
        while true {
            steps &+= 1
            if steps >= nextPause { try pause() }
            var goesOn = true
            switch program.instructions[place] {
            case .byte(let byte):
                goesOn = position < range.upperBound && text[position] == byte
                position += 1
                place += 1
            case .set(let set):
                let width = width(set, position)
                goesOn = width > 0
                position += width
                place += 1
            case .repeatedSet(let index):
                goesOn = repeated(index, &position)
                place += 1
            case .branch(let index): goesOn = try choose(index, position, &place)
            case .jump(let target): place = target
            case .assertion(let assertion):
                goesOn = holds(assertion, position)
                place += 1
            case .look(let behind, let negated):
                bodies.append(stack.count)
                stack.append(Waiting(kind: negated ? .negatedLook : .look, place: Int32(behind), position: Int32(position)))
                place += 1
            case .atomic:
                bodies.append(stack.count)
                stack.append(Waiting(kind: .atomic, place: 0, position: 0))
                place += 1
            case .leave: goesOn = leave(&place, &position)
            case .beginPass(let loop):
                stack.append(Waiting(kind: .pass, place: Int32(loop), position: Int32(passStarts[loop])))
                passStarts[loop] = position
                place += 1
            case .endPass(let loop, let exit): place = passStarts[loop] == position ? exit : place + 1
            case .accept:
                if !mustReachEnd || position == range.upperBound { return position }
                goesOn = false
            }
            if !goesOn, !goBack(&place, &position) { return nil }
        }
    }

    /// Takes up what waits on the stack. - Returns: whether there was anything to try.
    private mutating func goBack(_ place: inout Int, _ position: inout Int) -> Bool {
        while let top = stack.last {
            switch top.kind {
            case .branch:
                let alternative = Int(top.place), end = Int(top.high)
                position = Int(top.position)
                let next = nextAlternative(alternative + 1, end, position)
                if next < end { stack[stack.count - 1].place = Int32(next) } else { stack.removeLast() }
                place = program.alternatives[alternative].target
                return true
            case .shrinkingRepeat: if shrink(top, &place, &position) { return true }
            case .growingRepeat: if grow(top, &place, &position) { return true }
            case .failedBranch:
                failures.note(row: Int(top.low), Int(top.position))
                stack.removeLast()
            case .failedRepeat:
                failures.note(row: Int(top.place), Int(top.low)...Int(top.high))
                stack.removeLast()
            case .pass:
                passStarts[Int(top.place)] = Int(top.position)
                stack.removeLast()
            case .atomic, .look:
                bodies.removeLast()
                stack.removeLast()
            case .negatedLook:
                bodies.removeLast()
                stack.removeLast()
                place = Int(top.place)
                position = Int(top.position)
                return true
            }
        }
        return false
    }

    /// Ends a body: what waited in it is not tried any more.
    private mutating func leave(_ place: inout Int, _ position: inout Int) -> Bool {
        let start = bodies.removeLast()
        let body = stack[start]
        stack.removeSubrange(start...)
        if body.kind == .atomic {
            place += 1
            return true
        }
        position = Int(body.position)
        place = Int(body.place)
        return body.kind == .look
    }

    // MARK: Choices

    private mutating func choose(_ index: Int, _ position: Int, _ place: inout Int) throws -> Bool {
        if stack.count >= Self.stackLimit { throw tooMuch("remembers more than \(Self.stackLimit) choices") }
        let branch = program.branches[index], end = branch.alternatives.upperBound
        let chosen = nextAlternative(branch.alternatives.lowerBound, end, position)
        if chosen == end { return false }
        if failures.isKept {
            let row = row(branch.memory, position)
            if failures.contains(row: row, position) { return false }
            stack.append(Waiting(kind: .failedBranch, place: 0, position: Int32(position), low: Int32(row)))
        }
        let other = nextAlternative(chosen + 1, end, position)
        if other < end { stack.append(Waiting(kind: .branch, place: Int32(other), position: Int32(position), high: Int32(end))) }
        place = program.alternatives[chosen].target
        return true
    }

    /// The first alternative from `start` on that may go on at a position, `end` if there is none.
    @inline(__always)
    private mutating func nextAlternative(_ start: Int, _ end: Int, _ position: Int) -> Int {
        var index = start
        while index < end && !program.alternatives[index].first.admits(text, position, end: range.upperBound) { index += 1 }
        steps &+= (index - start) / 8
        return index
    }

    private func row(_ memory: ExpressionProgram.Memory, _ position: Int) -> Int {
        var depth = memory.depth, loop = memory.loop
        while depth > 0 && passStarts[loop] == position {
            loop = program.outerLoops[loop]
            depth -= 1
        }
        return memory.row + depth
    }

    // MARK: Repeated sets

    /// Takes as much as the mode says of a run of a set; other lengths wait.
    ///
    /// A failure that is noted at a position says that the match fails behind every run that ends there or later. That holds however
    /// the run began, so that one run is not searched again and again from each of its positions.
    private mutating func repeated(_ index: Int, _ position: inout Int) -> Bool {
        let own = program.setRepeats[index], start = position
        if failures.isKept && !own.isUnbounded && own.mode != .possessive {
            let row = row(own.memory, start)
            if failures.contains(row: row, start) { return false }
            stack.append(Waiting(kind: .failedBranch, place: 0, position: Int32(start), low: Int32(row)))
        }
        var end = start, count = 0
        while count < own.counts.lowerBound {
            let width = width(own.set, end)
            if width == 0 { return false }
            end += width
            count += 1
        }
        let low = end, noted = firstNoted(own, start: start, low: low)
        if noted == low && failures.isKept && failures.contains(row: own.memory.lastRow, low) { return false }
        if own.mode == .lazy {
            position = end
            stack.append(Waiting(kind: .growingRepeat, place: Int32(index), position: Int32(end), low: Int32(noted),
                                 high: Int32(clamping: count)))
            return own.follow.admits(text, end, end: range.upperBound)
        }
        var isKnown = false
        while count + 1 < own.counts.upperBound {
            let width = width(own.set, end)
            if width == 0 { break }
            end += width
            count += 1
            if noted <= end && failures.contains(row: own.memory.lastRow, end) {
                isKnown = true
                break
            }
        }
        steps &+= end - start
        position = end
        if noted <= end {
            stack.append(Waiting(kind: .failedRepeat, place: Int32(own.memory.lastRow), position: 0, low: Int32(noted), high: Int32(end)))
        }
        if own.mode == .possessive { return !isKnown }
        if end > low { stack.append(Waiting(kind: .shrinkingRepeat, place: Int32(index), position: Int32(end), low: Int32(low))) }
        return !isKnown && own.follow.admits(text, end, end: range.upperBound)
    }

    /// The first end of a run whose failure is noted, beyond all text if none is. An end where the run has taken nothing is left out
    /// inside loops that may take no text, since there it matters where the pass began.
    private func firstNoted(_ own: ExpressionProgram.SetRepeat, start: Int, low: Int) -> Int {
        // Lazy repeats that wait when failures begin to be kept note theirs too; the others would need room on the stack for it.
        if !own.isUnbounded || own.mode != .lazy && !failures.isKept { return Int(Int32.max) }
        return own.memory.depth == 0 ? low : max(low, start + 1)
    }

    /// The next shorter run.
    private mutating func shrink(_ top: Waiting, _ place: inout Int, _ position: inout Int) -> Bool {
        let own = program.setRepeats[Int(top.place)]
        let low = Int(top.low)
        var end = Int(top.position)
        while end > low {
            end -= 1
            while UTF8Text.isTail(text[end]) { end -= 1 }
            steps &+= 1
            if !own.follow.contains(text[end]) { continue }
            if end > low { stack[stack.count - 1].position = Int32(end) } else { stack.removeLast() }
            place = own.behind
            position = end
            return true
        }
        stack.removeLast()
        return false
    }

    /// The next longer run.
    private mutating func grow(_ top: Waiting, _ place: inout Int, _ position: inout Int) -> Bool {
        let own = program.setRepeats[Int(top.place)]
        var end = Int(top.position), count = Int(top.high)
        while count + 1 < own.counts.upperBound {
            let width = width(own.set, end)
            if width == 0 { break }
            end += width
            count += 1
            steps &+= 1
            if failures.isKept && top.low <= end && failures.contains(row: own.memory.lastRow, end) { break }
            if !own.follow.admits(text, end, end: range.upperBound) { continue }
            stack[stack.count - 1].position = Int32(end)
            stack[stack.count - 1].high = Int32(clamping: count)
            place = own.behind
            position = end
            return true
        }
        if failures.isKept && top.low <= end { failures.note(row: own.memory.lastRow, Int(top.low)...end) }
        stack.removeLast()
        return false
    }

    /// The number of bytes of the scalar at a position if a set has it, else 0.
    @inline(__always)
    private func width(_ set: Int, _ position: Int) -> Int {
        if position >= range.upperBound { return 0 }
        let byte = text[position]
        if byte < 0x80 { return program.lookups[set].containsASCII(byte) ? 1 : 0 }
        let (value, width) = UTF8Text.scalar(text, position)
        return contains(set, value) ? width : 0
    }

    private func contains(_ set: Int, _ value: UInt32) -> Bool {
        let lookup = program.lookups[set]
        if lookup.isComplex { return program.sets[set].contains(value) }
        if !classes[value].isDisjoint(with: lookup.classes) { return !lookup.isNegated }
        var low = lookup.ranges.lowerBound, high = lookup.ranges.upperBound
        while low < high {
            let middle = (low + high) / 2
            if program.ranges[middle].upperBound < value { low = middle + 1 } else { high = middle }
        }
        let found = low < lookup.ranges.upperBound && program.ranges[low].lowerBound <= value
        return found != lookup.isNegated
    }

    // MARK: Assertions

    private func holds(_ assertion: RegularExpression.Assertion, _ position: Int) -> Bool {
        switch assertion {
        case .textStart: return position == range.lowerBound
        case .textEnd: return position == range.upperBound
        case .lineStart: return position == range.lowerBound || text[position - 1] == 0x0A
        case .lineEnd: return position == range.upperBound || text[position] == 0x0A
        case .lastLineEnd: return position == range.upperBound || position + 1 == range.upperBound && text[position] == 0x0A
        case .wordBoundary: return isWord(before: position) != isWord(at: position)
        case .noWordBoundary: return isWord(before: position) == isWord(at: position)
        }
    }

    private func isWord(before index: Int) -> Bool {
        index > range.lowerBound && classes[UTF8Text.scalar(text, endingAt: index)].contains(.expressionWord)
    }

    private func isWord(at index: Int) -> Bool {
        index < range.upperBound && classes[UTF8Text.scalar(text, index).value].contains(.expressionWord)
    }

    // MARK: Limits

    /// What is due after some number of steps.
    private mutating func pause() throws {
        try Cancellation.check()
        if steps > stepLimit { throw tooMuch("takes more than \(stepLimit) steps") }
        if steps >= rememberAt && !failures.isKept { failures.begin(rows: program.memoryRows, range) }
        nextPause = steps + Cancellation.interval
        if steps < rememberAt { nextPause = min(nextPause, rememberAt) }
    }

    private func tooMuch(_ what: String) -> ExpressionProblem {
        ExpressionProblem(text: "regular expression: its search in a text of \(text.count) bytes \(what); "
            + "its repeats can be combined in too many ways")
    }
}
