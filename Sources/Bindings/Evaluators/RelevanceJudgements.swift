import LuaHost

/// Which documents belong to each query, as a script writes it down: a table by the ids of queries.
///
/// What stands under a query is one id, or a table of one of three forms:
/// - a list of ids, `{ "d3", "d5" }`: every table whose keys are 1 to n;
/// - grades under ids, `{ d3 = 2, d5 = 1, d7 = 0 }`, as the qrels of a test collection come: a document with a grade above 0 belongs
///   to the query;
/// - booleans under ids, `{ d3 = true }`.
///
/// Lua cannot tell the list `{ 1, 1 }` from the grades `{ [1] = 1, [2] = 1 }`. Whole numbers under 1 to n are a list of ids, unless
/// the list makes no sense while the grades would, or other queries have grades: then the table is refused.
struct RelevanceJudgements {
    /// What one table says.
    private enum Reading {
        case list([String])
        /// Whole numbers under 1 to n, which could be grades too.
        case numbers([Int])
        case flags([String])
        case grades([String])
    }

    /// The ids of each query's documents, every query that the table names with an entry.
    let documents: [String: Set<String>]

    /// - Parameter known: the ids that documents have; others may be named, but count for no reading of an ambiguous table.
    /// - Throws: ``LuaError`` for a table of another form, or an ambiguous one.
    init(_ slot: LuaSlot, known: Set<String>) throws {
        guard case .table(let table) = slot.value else { throw slot.mismatch("table of lists of ids, or of grades by id, by query id") }
        let entries = try table.pairs().map { key, value -> (id: String, place: LuaSlot, reading: Reading) in
            let id = try slot.id(key)
            let place = slot.field(id, value)
            return (id, place, try Self.reading(of: place))
        }
        let graded = entries.first { entry in
            if case .grades = entry.reading { return true }
            return false
        }?.id
        var documents: [String: Set<String>] = [:]
        for (id, place, reading) in entries {
            // A key 1 and a key "1" name the same query.
            guard documents[id] == nil else { throw slot.invalid("the id '\(id)' is there twice, as a number and as a string") }
            switch reading {
            case .list(let ids), .flags(let ids), .grades(let ids): documents[id] = Set(ids)
            case .numbers(let numbers): documents[id] = try Self.list(numbers, place, known: known, graded: graded)
            }
        }
        self.documents = documents
    }

    private static func reading(of slot: LuaSlot) throws -> Reading {
        guard case .table(let table) = slot.value else { return .list([try slot.id(slot.value)]) }
        let entries = try table.pairs(), count = table.count
        let isFlags = entries.allSatisfy { if case .boolean = $0.value { true } else { false } }
        if isFlags {
            return .flags(try entries.compactMap { key, value in value == .boolean(true) ? try slot.id(key) : nil })
        }
        let isList = entries.count == count && entries.allSatisfy { $0.key.asInteger.map { (1...max(1, count)).contains($0) } ?? false }
        if isList {
            let values = try table.list()
            let numbers = values.compactMap(\.asInteger)
            if numbers.count == values.count { return .numbers(numbers) }
            if values.contains(where: { $0.asNumber != nil && $0.asInteger == nil }) {
                throw slot.invalid("a table with the keys 1 to \(count) is a list of ids, which are strings or whole numbers; grades stand under ids, "
                    + "written as strings, as in { [\"1\"] = 0.5 }")
            }
            return .list(try values.map { try slot.id($0) })
        }
        return .grades(try entries.compactMap { key, value -> String? in
            switch value {
            case .boolean(let belongs): return belongs ? try slot.id(key) : nil
            case .integer, .number:
                let grade = value.asNumber ?? .nan
                if grade.isNaN { throw slot.invalid("the grade of '\(try slot.id(key))' is not a number") }
                return grade > 0 ? try slot.id(key) : nil
            default:
                throw slot.invalid("a list of ids, or ids as keys with grades (numbers) or booleans, is wanted; under the key "
                    + "'\(try slot.id(key))' is something else")
            }
        })
    }

    /// Whole numbers under 1 to n as a list of ids. - Throws: ``LuaError`` where grades may have been meant.
    private static func list(_ numbers: [Int], _ slot: LuaSlot, known: Set<String>, graded: String?) throws -> Set<String> {
        let ids = Set(numbers.map(\.description)), keys = (1...max(1, numbers.count)).prefix(numbers.count).map(\.description)
        let relevant = Set(zip(keys, numbers).filter { $0.1 > 0 }.map(\.0))
        if ids == relevant { return ids }
        let reason: String
        if let graded {
            reason = "'\(graded)' has grades"
        } else if ids.count < numbers.count {
            reason = "a list would name an id twice"
        } else if !ids.isSubset(of: known), known.isSuperset(of: keys) {
            reason = "'\(numbers.map(\.description).first { !known.contains($0) } ?? "")' is no id of a document"
        } else {
            return ids
        }
        let (list, grades) = (numbers.prefix(3).map { "\"\($0)\"" }, zip(keys, numbers).prefix(3).map { "[\"\($0)\"] = \($1)" })
        throw slot.invalid("this may be a list of ids or the grades of the documents 1 to \(numbers.count) (\(reason)); write ids as strings: "
            + "{ \(list.joined(separator: ", ")) } is a list, { \(grades.joined(separator: ", ")) } are grades")
    }
}
