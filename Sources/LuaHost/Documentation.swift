/// Everything that was registered, in order, with its documentation.
public final class Documentation {
    public enum Kind: String {
        case module, function, constant, `class`, constructor, method, property, operation = "operator"
    }

    public struct Entry {
        public let kind: Kind
        /// As users write it: "sentx.load_dataset", "sentx.Dataset", "Dataset:select", "Dataset.num_rows".
        public let path: String
        public let doc: Doc
        /// For a class: the name of the class it inherits from.
        public let base: String?
    }

    public private(set) var entries: [Entry] = []
    private var pathOfTable: [UInt: String] = [:]

    func add(_ kind: Kind, _ path: String, _ doc: Doc, base: String? = nil, table: LuaTable? = nil) {
        entries.append(Entry(kind: kind, path: path, doc: doc, base: base))
        if let table { pathOfTable[table.identity] = path }
    }

    func add(_ definition: ClassDefinition, path: String, table: LuaTable) {
        add(.class, path, definition.doc, base: definition.base, table: table)
        if let constructor = definition.constructor { add(.constructor, path, constructor.doc) }
        for function in definition.functions { add(.function, "\(path).\(function.name)", function.box.doc) }
        for member in definition.members where member.kind != .setter {
            add(member.kind == .method ? .method : .property, member.box.name, member.box.doc)
        }
        for box in definition.metamethods.sorted(by: { $0.key < $1.key }).map(\.value) where !box.doc.summary.isEmpty {
            add(.operation, box.name, box.doc)
        }
    }

    /// The path of a module's or class's table.
    func path(of table: LuaTable) -> String? { pathOfTable[table.identity] }

    /// The entries that a name means: the whole path, or its last parts ("load_dataset", "Dataset:select", "select").
    public func find(_ name: String) -> [Entry] {
        let exact = entries.filter { $0.path == name }
        if !exact.isEmpty { return exact }
        return entries.filter { entry in
            guard entry.path.hasSuffix(name) else { return false }
            let before = entry.path.dropLast(name.count).last
            return before == "." || before == ":"
        }
    }

    /// What belongs directly to a module or class, for overviews.
    public func members(of entry: Entry) -> [Entry] {
        let name = entry.path.split(separator: ".").last.map(String.init) ?? entry.path
        return entries.filter { candidate in
            switch candidate.kind {
            case .method, .property, .operation:
                guard entry.kind == .class, candidate.path.hasPrefix(name) else { return false }
                return candidate.path.dropFirst(name.count).first.map { ".: ([".contains($0) } ?? false
            default:
                guard candidate.path.hasPrefix(entry.path + ".") else { return false }
                return !candidate.path.dropFirst(entry.path.count + 1).contains(".") && candidate.kind != .constructor
            }
        }
    }
}
