import LuaHost
import Tensors

extension TensorBindings {
    static func registerInPlace(_ c: LuaClass<Tensor>) {
        c.method("fill_", doc: Doc("Sets every element, in place.", parameters: [.init("value", "number", "the value")],
            returns: "the tensor")) { t, call in
            try t.copyInPlace(call.slot(1).element(of: t.dtype))
            return .object(t)
        }
        c.method("zero_", doc: Doc("Sets every element to 0, in place.", returns: "the tensor")) { t, _ in
            try t.fillInPlace(0)
            return .object(t)
        }
        c.method("copy_", doc: Doc("Takes over the elements of another tensor, broadcast, in place.", parameters: [
            .init("source", "Tensor or number", "what to copy"),
        ], returns: "the tensor")) { t, call in
            let source = call.slot(1)
            try t.copyInPlace(source.isElement ? source.element(of: t.dtype) : source.operand(beside: t))
            return .object(t)
        }
        let operations: [(String, String, (Tensor, Tensor) throws -> Tensor)] = [
            ("add_", "Adds", { try $0.adding($1) }), ("sub_", "Subtracts", { try $0.subtracting($1) }),
            ("mul_", "Multiplies by", { try $0.multiplying($1) }), ("div_", "Divides by", { try $0.dividing(by: $1) }),
        ]
        for (name, verb, body) in operations {
            c.method(name, doc: Doc("\(verb) a tensor or number, in place.", parameters: [operand], returns: "the tensor")) { t, call in
                try t.requireChangeable(name)
                let other = try call.slot(1).operand(beside: t)
                try t.copyInPlace(GradientTape.noGrad { try body(t, other) })
                return .object(t)
            }
        }
    }
}
