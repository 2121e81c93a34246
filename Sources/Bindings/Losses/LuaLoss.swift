import JSON
import Losses
import LuaHost
import Tensors

/// A loss written in Lua: a function `(inputs, labels)`, or a table with `forward(self, inputs, labels)`.
///
/// `inputs` is the list of input columns, each a list of texts or of lists of texts. `labels` is a tensor `[rows]`, a list of
/// tensors where labels are lists, or nil. The result is a tensor of one element, computed from the model.
public final class LuaLoss: Loss {
    /// The field `name` of the table, else `LuaLoss`.
    public let name: String
    private let state: LuaState
    private let forward: LuaFunction
    private let receiver: LuaTable?

    /// Nil if `value` is neither a function nor a table with a function `forward`.
    public init?(_ value: LuaValue, state: LuaState) throws {
        self.state = state
        switch value {
        case .function(let function):
            forward = function
            receiver = nil
            name = "LuaLoss"
        case .table(let table):
            guard case .function(let function) = try table.get("forward") else { return nil }
            forward = function
            receiver = table
            name = try table.get("name").asString ?? "LuaLoss"
        default:
            return nil
        }
    }

    public var requirements: LossRequirements? { nil }

    public var configuration: JSONObject { [:] }

    public func value(of batch: LossBatch) throws -> Tensor {
        var arguments = [try batch.luaInputs(state), try batch.luaLabels(state)]
        if let receiver { arguments.insert(.table(receiver), at: 0) }
        let result = LuaSlot(try forward.callForOne(arguments), state: state, place: "\(name): result")
        let tensor = try result.object(Tensor.self)
        guard tensor.count == 1 else {
            throw LossError("\(name): a tensor of one element is wanted as result, got shape \(tensor.shape); reduce it with :mean() or :sum()")
        }
        if GradientTape.isRecording && !tensor.requiresGrad {
            throw LossError("\(name): the result does not depend on the model's parameters; compute it from model:logits(pairs) or model:embeddings(texts), not from predict or encode")
        }
        return tensor
    }
}
