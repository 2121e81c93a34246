import Encoders
import Evaluators
import LuaHost

/// An evaluator whose measuring is a Lua function.
///
/// What it returns is either a number, which gets the evaluator's name as its key, or a table of numbers by key. Keys get
/// the name as a prefix unless they have it. They are sorted, since a Lua table has no order.
final class LuaEvaluator: Evaluator {
    let name: String
    let greaterIsBetter: Bool
    private let function: LuaFunction
    /// Passed as `self`, if the evaluator is a table.
    private let table: LuaTable?
    private let state: LuaState
    private let primaryKey: String?

    /// A function of model and info.
    init(function: LuaFunction, state: LuaState) {
        self.function = function
        self.state = state
        table = nil
        primaryKey = nil
        name = ""
        greaterIsBetter = true
    }

    /// A table with `evaluate`, and `name`, `primary_metric`, `greater_is_better` if wanted. Other fields are its own.
    init(table: LuaTable, state: LuaState) throws {
        func field(_ name: String) throws -> LuaSlot {
            LuaSlot(try table.get(name), state: state, place: "Evaluator: field '\(name)'")
        }
        self.table = table
        self.state = state
        function = try field("evaluate").function()
        let (name, primary, greater) = (try field("name"), try field("primary_metric"), try field("greater_is_better"))
        self.name = name.isNil ? "" : try name.string()
        greaterIsBetter = greater.isNil ? true : try greater.bool()
        primaryKey = primary.isNil ? nil : try primary.string()
    }

    var primaryMetric: String { primaryKey.map(key) ?? (name.isEmpty ? Metric.unnamedKey : name) }

    var metricKeys: [String]? { nil }

    var sampleTexts: [String] { [] }

    func evaluate(_ model: any EncoderModel, at moment: EvaluationMoment) throws -> [Metric] {
        let info = try state.record([
            ("output_path", .optional(moment.outputFolder)), ("epoch", .number(moment.epoch)), ("steps", .integer(moment.steps)),
        ])
        let arguments: [LuaValue] = [.object(model), .table(info)]
        let result = try function.callForOne(table.map { [.table($0)] + arguments } ?? arguments)
        switch result {
        case .integer, .number:
            return [Metric(primaryMetric, result.asNumber ?? .nan)]
        case .table(let values):
            return try metrics(of: values)
        default:
            throw EvaluatorError("\(title) must return a number or a table of numbers by key, it returned \(try state.tostring(result))")
        }
    }

    private func metrics(of values: LuaTable) throws -> [Metric] {
        var metrics: [Metric] = []
        for (name, value) in try values.pairs() {
            guard let name = name.asString, let number = value.asNumber else {
                throw EvaluatorError("\(title) returned the entry \(try state.tostring(name)) = \(try state.tostring(value)); "
                    + "a metric is a number under a name")
            }
            metrics.append(Metric(key(name), number))
        }
        metrics.sort { $0.key < $1.key }
        if primaryKey == nil {
            throw EvaluatorError("\(title) returned a table of metrics; set primary_metric to the key of the one that decides")
        }
        return metrics
    }

    private var title: String { name.isEmpty ? "the evaluator" : "the evaluator '\(name)'" }

    private func key(_ key: String) -> String { name.isEmpty || key.hasPrefix(name + "_") ? key : name + "_" + key }
}
