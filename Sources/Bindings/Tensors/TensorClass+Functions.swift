import LuaHost
import Tensors

extension TensorBindings {
    static func registerFunctions(_ c: LuaClass<Tensor>) {
        let functions: [(String, String, (Tensor) throws -> Tensor)] = [
            ("neg", "The negative.", { try $0.neg() }),
            ("abs", "Magnitudes.", { try $0.abs() }),
            ("sign", "-1, 0 or 1.", { try $0.sign() }),
            ("exp", "e to the power of each element.", { try $0.exp() }),
            ("expm1", "e^x - 1, exact for small x.", { try $0.expm1() }),
            ("log", "Natural logarithms.", { try $0.log() }),
            ("log1p", "log(1 + x), exact for small x.", { try $0.log1p() }),
            ("sqrt", "Square roots.", { try $0.sqrt() }),
            ("rsqrt", "1 / sqrt(x).", { try $0.rsqrt() }),
            ("reciprocal", "1 / x.", { try $0.reciprocal() }),
            ("square", "x * x.", { try $0.square() }),
            ("sin", "Sines of angles in radians.", { try $0.sin() }),
            ("cos", "Cosines of angles in radians.", { try $0.cos() }),
            ("tanh", "Hyperbolic tangents.", { try $0.tanh() }),
            ("sigmoid", "1 / (1 + e^-x).", { try $0.sigmoid() }),
            ("log_sigmoid", "log(sigmoid(x)) without overflow.", { try $0.logSigmoid() }),
            ("softplus", "log(1 + e^x) without overflow.", { try $0.softplus() }),
            ("relu", "max(x, 0).", { try $0.relu() }),
            ("gelu", "x (1 + erf(x / sqrt 2)) / 2.", { try $0.gelu() }),
            ("erf", "The Gauss error function.", { try $0.erf() }),
            ("floor", "Rounded down.", { try $0.floor() }),
            ("ceil", "Rounded up.", { try $0.ceil() }),
            ("round", "Rounded to the nearest whole number, halves to the even one.", { try $0.round() }),
            ("trunc", "Rounded towards zero.", { try $0.trunc() }),
            ("logical_not", "Where elements are 0, as bool.", { try $0.logicalNot() }),
            ("isnan", "Where elements are NaN, as bool.", { try $0.isNaN() }),
            ("t", "The transpose of a matrix.", { try $0.t() }),
        ]
        for (name, summary, body) in functions {
            c.method(name, doc: Doc(summary, returns: "Tensor")) { t, call in
                try call.requireAtMost(0)
                return .object(try body(t))
            }
        }
        c.method("clamp", doc: Doc("Elements cut to a range.", parameters: [
            .init("min", "number", optional: true, "the lower bound"), .init("max", "number", optional: true, "the upper bound"),
        ], returns: "Tensor")) { t, call in
            let (least, most) = (call.slot(1), call.slot(2))
            guard t.dtype != .float32, case (.integer, .integer) = (call.has(1) ? least.value : most.value, call.has(2) ? most.value : least.value) else {
                return .object(try t.clamp(min: call.optionalNumber(1), max: call.optionalNumber(2)))
            }
            // Beside whole numbers integers keep their value.
            var result = t
            if call.has(1) { result = try result.maximum(least.operand(beside: t)) }
            if call.has(2) { result = try result.minimum(most.operand(beside: t)) }
            return .object(result)
        }
        rows(c, "softmax", "e^x / sum(e^x) along a dimension.") { try $0.softmax(dim: $1) }
        rows(c, "log_softmax", "The logarithm of the softmax along a dimension.") { try $0.logSoftmax(dim: $1) }
        rows(c, "cumsum", "Running sums along a dimension.") { try $0.cumsum(dim: $1) }
        c.method("dropout", doc: Doc("Sets elements to 0 with a probability and scales up the others.", parameters: [
            .init("p", "number", default: "0.5", "the probability"),
        ], options: [.init("generator", "Generator", optional: true, "the source of chance")], returns: "Tensor")) { t, call in
            let options = try call.options(2)
            let generator = try options.optionalObject("generator", Generator.self) ?? .shared
            try options.finish()
            return .object(try t.dropout(p: call.number(1, default: 0.5), generator: generator))
        }
        c.method("masked_fill", doc: Doc("A value where a mask is true.", parameters: [
            .init("mask", "Tensor", "bool, broadcast"), .init("value", "number", "the value"),
        ], returns: "Tensor")) { t, call in .object(try t.maskedFill(call.tensor(1), with: call.slot(2).element(of: t.dtype))) }
        c.method("where", doc: Doc("Of a bool tensor: elements of the first operand where true, of the second elsewhere.", parameters: [
            .init("first", "Tensor or number", "where true"), .init("second", "Tensor or number", "where false"),
        ], returns: "Tensor")) { t, call in .object(try chosen(t, call.slot(1), call.slot(2))) }
    }

    /// `where` with numbers in the place of tensors.
    static func chosen(_ condition: Tensor, _ first: LuaSlot, _ second: LuaSlot) throws -> Tensor {
        let partner = second.objectIfPresent(Tensor.self) ?? first.objectIfPresent(Tensor.self) ?? Tensor.scalar(0)
        return try Tensor.where(condition, first.operand(beside: partner), second.operand(beside: partner))
    }

    private static func rows(_ c: LuaClass<Tensor>, _ name: String, _ summary: String, _ body: @escaping (Tensor, Int) throws -> Tensor) {
        c.method(name, doc: Doc(summary, parameters: [lastDimension], returns: "Tensor")) { t, call in
            .object(try body(t, call.dimension(1, of: t.rank, default: -1)))
        }
    }
}
