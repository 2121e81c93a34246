import Encoders
import JSON
import Losses
import LuaHost
import Tensors

/// A loss written in Lua: a function `(inputs, labels, routes)`, or a table with `forward(self, inputs, labels, routes)`.
///
/// `inputs` is the list of input columns, each a list of texts or of lists of texts. `labels` is a tensor `[rows]`, a list of
/// tensors where labels are lists, or nil. `routes` has a table with `prompt` and `task` for each column where the training
/// arguments give any, and may be passed on to `model:embeddings(texts, routes[1])`. The result is a tensor of one element,
/// computed from the model, or a table of such tensors by name: their sum is the loss, and logs show each.
///
/// A table may have `parameters`, tensors that the loss itself learns: a table of them, or a function that gives one.
public final class LuaLoss: Loss {
    /// The field `name` of the table, else `LuaLoss`.
    public let name: String
    private let state: LuaState
    private let forward: LuaFunction
    private let receiver: LuaTable?
    public let parameters: [NamedParameter]
    /// The tensors of the last result, in the order of their names, where it was a table.
    public private(set) var components: [LossComponent] = []

    /// Whether `value` is a loss written in Lua, and not a table of something else.
    public static func isLoss(_ value: LuaValue) throws -> Bool {
        switch value {
        case .function: return true
        case .table(let table):
            if case .function = try table.get("forward") { return true }
            return false
        default: return false
        }
    }

    /// Nil if `value` is neither a function nor a table with a function `forward`.
    /// - Throws: ``LuaError`` for `parameters` that are no tensors to train.
    public init?(_ value: LuaValue, state: LuaState) throws {
        self.state = state
        switch value {
        case .function(let function):
            forward = function
            receiver = nil
            name = "LuaLoss"
            parameters = []
        case .table(let table):
            guard case .function(let function) = try table.get("forward") else { return nil }
            forward = function
            receiver = table
            name = try table.get("name").asString ?? "LuaLoss"
            parameters = try Self.parameters(of: table, name, state)
        default:
            return nil
        }
    }

    public var requirements: LossRequirements? { nil }

    public var configuration: JSONObject { [:] }

    public func value(of batch: LossBatch) throws -> Tensor {
        var arguments = [try batch.luaInputs(state), try batch.luaLabels(state), try batch.luaRoutes(state)]
        if let receiver { arguments.insert(.table(receiver), at: 0) }
        let result = LuaSlot(try forward.callForOne(arguments), state: state, place: "\(name): result")
        components = []
        let tensor: Tensor
        if case .table(let table) = result.value {
            let terms = try terms(table, result)
            components = try terms.map { LossComponent(name: $0.name, value: try $0.value.item()) }
            tensor = try terms.dropFirst().reduce(terms[0].value) { try $0.adding($1.value) }
        } else {
            tensor = try scalar(result)
        }
        if GradientTape.isRecording && !tensor.requiresGrad {
            throw LossError("\(name): the result does not depend on the model's parameters; "
                + "compute it from model:logits(pairs) or model:embeddings(texts), "
                + "not from predict or encode")
        }
        return tensor
    }

    /// What a result's table holds, in the order of the names, since a Lua table has none.
    private func terms(_ table: LuaTable, _ result: LuaSlot) throws -> [(name: String, value: Tensor)] {
        let terms = try table.pairs().map { key, value in
            guard let term = key.asString else {
                throw LossError("\(name): a table as result has a tensor for each name, such as { base_loss = a, penalty = b }")
            }
            return (name: term, value: try scalar(result.field(term, value), " '\(term)'"))
        }
        guard !terms.isEmpty else { throw LossError("\(name): the result is an empty table; a tensor or a table of tensors by name is wanted") }
        return terms.sorted { $0.name < $1.name }
    }

    /// A tensor of one element.
    /// - Parameter term: its name in a table, for errors.
    private func scalar(_ slot: LuaSlot, _ term: String = "") throws -> Tensor {
        let tensor = try slot.object(Tensor.self)
        guard tensor.count == 1 else {
            throw LossError("\(name): a tensor of one element is wanted as result\(term), got shape \(tensor.shape); "
                + "reduce it with :mean() or :sum()")
        }
        return tensor
    }

    /// What the loss learns itself, under the keys of its table; a list counts from 1.
    private static func parameters(of table: LuaTable, _ loss: String, _ state: LuaState) throws -> [NamedParameter] {
        var value = try table.get("parameters")
        if case .function(let function) = value { value = try function.callForOne([.table(table)]) }
        if value.isNil { return [] }
        let place = LuaSlot(value, state: state, place: "\(loss): field 'parameters'")
        let entries = try place.table().pairs().map { key, value -> NamedParameter in
            let name = try key.asString ?? state.tostring(key)
            let tensor = try place.field(name, value).object(Tensor.self)
            guard tensor.requiresGrad, tensor.node == nil, tensor.dtype == .float32, tensor.isContiguous else {
                throw LuaError("\(loss): parameter '\(name)' must be a float32 tensor of its own with requires_grad = true")
            }
            return NamedParameter(name: name, tensor: tensor)
        }
        // A Lua table has no order.
        return entries.sorted { $0.name < $1.name }
    }
}
