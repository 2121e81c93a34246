/// Matches a regular expression by backtracking.
struct RegularExpressionMatcher {
    let text: [UInt8]
    let range: Range<Int>

    /// How often a group may be repeated in one match; each repeat takes stack.
    private static let groupRepeatLimit = 2_000

    /// The end of the match that begins at `index`, nil if there is none.
    func match(_ node: RegularExpression.Node, _ index: Int) -> Int? {
        var end: Int?
        return walk(node, index) { end = $0; return true } ? end : nil
    }

    /// Tries the ways in which `node` matches at `index`, best first, until `accept` takes the end of one.
    private func walk(_ node: RegularExpression.Node, _ index: Int, _ accept: (Int) -> Bool) -> Bool {
        switch node {
        case .set(let set): return step(set, index).map(accept) ?? false
        case .sequence(let nodes): return walk(nodes[...], index, accept)
        case .alternatives(let nodes): return nodes.contains { walk($0, index, accept) }
        case .repeated(let inner, let counts, let mode):
            if case .set(let set) = inner { return repeated(set, counts, mode, index, accept) }
            if mode == .possessive { return match(.repeated(inner, counts, .greedy), index).map(accept) ?? false }
            return repeated(inner, counts, mode == .greedy, index, 0, accept)
        case .lookAhead(let inner, let negated): return (match(inner, index) != nil) != negated && accept(index)
        case .atomic(let inner): return match(inner, index).map(accept) ?? false
        case .textStart: return index == range.lowerBound && accept(index)
        case .textEnd: return index == range.upperBound && accept(index)
        case .lineStart: return (index == range.lowerBound || text[index - 1] == 0x0A) && accept(index)
        case .lineEnd: return (index == range.upperBound || text[index] == 0x0A) && accept(index)
        case .wordBoundary(let negated): return (isWord(before: index) != isWord(at: index)) != negated && accept(index)
        }
    }

    private func walk(_ nodes: ArraySlice<RegularExpression.Node>, _ index: Int, _ accept: (Int) -> Bool) -> Bool {
        guard let first = nodes.first else { return accept(index) }
        return walk(first, index) { walk(nodes.dropFirst(), $0, accept) }
    }

    /// Repeats of a single position need no recursion: their ends are listed, then tried.
    private func repeated(_ set: ScalarSet, _ counts: Range<Int>, _ mode: RegularExpression.Mode, _ index: Int,
                          _ accept: (Int) -> Bool) -> Bool {
        var end = index, count = 0
        if mode == .lazy {
            while true {
                if count >= counts.lowerBound && accept(end) { return true }
                guard count + 1 < counts.upperBound, let next = step(set, end) else { return false }
                end = next
                count += 1
            }
        }
        while count + 1 < counts.upperBound, let next = step(set, end) {
            end = next
            count += 1
        }
        if mode == .possessive { return count >= counts.lowerBound && accept(end) }
        while count >= counts.lowerBound {
            if accept(end) { return true }
            if end == index { return false }
            end -= 1
            while UTF8Text.isTail(text[end]) { end -= 1 }
            count -= 1
        }
        return false
    }

    private func repeated(_ node: RegularExpression.Node, _ counts: Range<Int>, _ isGreedy: Bool, _ index: Int, _ done: Int,
                          _ accept: (Int) -> Bool) -> Bool {
        let mayStop = done >= counts.lowerBound
        if !isGreedy && mayStop && accept(index) { return true }
        if done + 1 < counts.upperBound && done < Self.groupRepeatLimit {
            let goesOn = walk(node, index) { end in
                // A repeat that consumes nothing would go on for ever.
                (end > index || !mayStop) && repeated(node, counts, isGreedy, end, done + 1, accept)
            }
            if goesOn { return true }
        }
        return isGreedy && mayStop && accept(index)
    }

    private func step(_ set: ScalarSet, _ index: Int) -> Int? {
        if index >= range.upperBound { return nil }
        let (value, width) = UTF8Text.scalar(text, index)
        return set.contains(value) ? index + width : nil
    }

    private func isWord(before index: Int) -> Bool {
        index > range.lowerBound && CharacterClass.of[UTF8Text.scalar(text, endingAt: index)].contains(.expressionWord)
    }

    private func isWord(at index: Int) -> Bool {
        index < range.upperBound && CharacterClass.of[UTF8Text.scalar(text, index).value].contains(.expressionWord)
    }
}
