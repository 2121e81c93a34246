import LuaHost

/// Writes lines of Lua that call what the host documents, with arguments that its documentation asks for or does not.
struct ScriptWriter {
    private enum Call {
        case function(path: String)
        case method(of: String, name: String)
        case property(of: String, name: String)
    }

    private let calls: [(call: Call, doc: Doc)]
    /// The classes that inherit from another: name and base.
    let bases: [(String, String)]
    private let values: ScriptValues
    /// The options of a training of each kind of model.
    private var trainingOptions: [Doc.Parameter] = []

    private static let models = ["SentenceTransformer", "CrossEncoder", "SparseEncoder"]

    /// Nothing may leave the machine.
    private static let leftOut = ["push_to_hub"]

    init(_ documentation: Documentation) {
        var calls: [(Call, Doc)] = [], bases: [(String, String)] = [], classes: Set<String> = []
        for entry in documentation.entries where !Self.leftOut.contains(where: entry.path.hasSuffix) {
            switch entry.kind {
            case .class:
                let name = entry.path.split(separator: ".").last.map(String.init) ?? entry.path
                classes.insert(name)
                if let base = entry.base { bases.append((name, base)) }
            case .function, .constructor: calls.append((.function(path: entry.path), entry.doc))
            case .method:
                let parts = entry.path.split(separator: ":").map(String.init)
                if parts.count == 2 { calls.append((.method(of: parts[0], name: parts[1]), entry.doc)) }
            case .property:
                let parts = entry.path.split(separator: ".").map(String.init)
                if parts.count == 2 { calls.append((.property(of: parts[0], name: parts[1]), entry.doc)) }
            default: break
            }
            if entry.kind == .constructor, entry.path == "sentx.SentenceTransformerTrainingArguments" { trainingOptions = entry.doc.options }
        }
        self.calls = calls
        self.bases = bases
        values = ScriptValues(classes: classes)
    }

    /// How many functions, methods and properties there are.
    var callCount: Int { calls.count }

    /// A line that begins with the call at a place of the documentation.
    func line(_ place: Int, _ random: inout RandomSource) -> String {
        let (call, doc) = calls[place % calls.count]
        switch call {
        case .function(let path): return "f(\(([quoted(path)] + arguments(doc, &random)).joined(separator: ", ")))"
        case .method(let name, let method):
            return "m(\((["\(quoted(name))", "\(random.below(12))", quoted(method)] + arguments(doc, &random)).joined(separator: ", ")))"
        case .property(let name, let property):
            let start = "(\(quoted(name)), \(random.below(12)), \(quoted(property))"
            return random.once(in: 2) ? "g\(start))" : "s\(start), \(values.anything(&random)))"
        }
    }

    func line(_ random: inout RandomSource) -> String {
        switch random.below(12) {
        case 0: return operation(&random)
        case 1: return training(&random)
        default: return line(random.below(calls.count), &random)
        }
    }

    private func quoted(_ text: String) -> String { "\"\(text)\"" }

    private func arguments(_ doc: Doc, _ random: inout RandomSource) -> [String] {
        var list: [String] = []
        for parameter in doc.parameters {
            if parameter.isOptional, random.once(in: 2) { break }
            list.append(values.value(parameter, &random))
        }
        if !doc.options.isEmpty, list.count == doc.parameters.count, !random.once(in: 4) {
            // The table of options is the last parameter, or comes behind those that are listed.
            if doc.parameters.last?.name == "options", !list.isEmpty { list.removeLast() }
            list.append(options(doc.options, &random))
        }
        if random.once(in: 20) { list.append(values.anything(&random)) }
        return list
    }

    private func options(_ known: [Doc.Parameter], _ random: inout RandomSource) -> String {
        let required = known.filter { !$0.isOptional && !random.once(in: 10) }
        let chosen = required + (0..<random.below(4)).map { _ in random.pick(known) }.filter { one in !required.contains { $0.name == one.name } }
        return "{ " + chosen.map { "\($0.name) = \(values.value($0, &random))" }.joined(separator: ", ") + " }"
    }

    private func operation(_ random: inout RandomSource) -> String {
        let name = random.pick(["Tensor", "Tensor", "Tensor", "Dataset", "SparseMatrix"])
        let first = random.once(in: 2) ? values.object(name, &random) : values.anything(&random)
        let second = random.once(in: 2) ? values.object("Tensor", &random) : values.anything(&random)
        switch random.below(5) {
        case 0: return "e(function() return \(values.object(name, &random))[\(values.anything(&random))] end)"
        case 1: return "e(function() \(values.object(name, &random))[\(values.anything(&random))] = \(second) end)"
        case 2: return "e(function() return #\(first), tostring(\(second)), -(\(second)) end)"
        case 3: return "e(function() for k, v in pairs(\(first)) do local t = tostring(v) end end)"
        default: return "e(function() return (\(first)) \(random.pick(["+", "-", "*", "/", "%", "^", "//", "..", "==", "<", "<=", "&", "|", "~", "<<"])) (\(second)) end)"
        }
    }

    private func training(_ random: inout RandomSource) -> String {
        if random.once(in: 2) { return "m(\"Trainer\", 0, \"\(random.pick(["train", "step", "steps", "evaluate", "preflight", "resume", "save_model"]))\")" }
        let parts = random.once(in: 2) ? "" : ", { \(random.pick(["eval_dataset", "evaluator", "callbacks", "loss", "train_dataset"])) = \(values.anything(&random)) }"
        return "train(\"\(random.pick(Self.models))\", \(options(trainingOptions, &random))\(parts))"
    }
}
