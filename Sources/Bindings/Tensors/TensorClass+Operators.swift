import LuaHost
import Tensors

extension TensorBindings {
    static func registerOperators(_ c: LuaClass<Tensor>) {
        c.binary(.add, doc: "Adds element by element; shapes broadcast.") { try combined($0) { try $0.adding($1) } }
        c.binary(.sub, doc: "Subtracts element by element; shapes broadcast.") { try combined($0) { try $0.subtracting($1) } }
        c.binary(.mul, doc: "Multiplies element by element; shapes broadcast. Matrix products are matmul.") {
            try combined($0) { try $0.multiplying($1) }
        }
        c.binary(.div, doc: "Divides element by element; whole numbers give float32.") { try combined($0) { try $0.dividing(by: $1) } }
        c.binary(.mod, doc: "The remainder, with the sign of the divisor.") { try combined($0) { try $0.modulo($1) } }
        c.binary(.idiv, doc: "The quotient rounded down.") { try combined($0) { try $0.floorDividing(by: $1) } }
        c.binary(.pow, doc: "Powers, element by element.") { try combined($0, power) }
        c.binary(.eq, doc: "Whether both are the same tensor; eq compares elements.") { call in
            .boolean(call.slot(1).objectIfPresent(Tensor.self) === call.slot(2).objectIfPresent(Tensor.self))
        }
        c.meta(.negate, doc: "The negative.") { t, _ in .object(try t.negated()) }
        c.meta(.length, doc: "The length of the first dimension.") { t, call in
            guard t.rank > 0 else { throw call.error("a tensor without dimensions has no length") }
            return .integer(t.shape[0])
        }

        binary(c, "add", "Sums of elements.") { try $0.adding($1) }
        binary(c, "sub", "Differences of elements.") { try $0.subtracting($1) }
        binary(c, "mul", "Products of elements.") { try $0.multiplying($1) }
        binary(c, "div", "Quotients of elements.") { try $0.dividing(by: $1) }
        binary(c, "floor_divide", "Quotients rounded down.") { try $0.floorDividing(by: $1) }
        binary(c, "remainder", "Remainders with the sign of the divisor.") { try $0.modulo($1) }
        binary(c, "pow", "Powers of elements.", power)
        binary(c, "maximum", "The larger elements.") { try $0.maximum($1) }
        binary(c, "minimum", "The smaller elements.") { try $0.minimum($1) }
        binary(c, "eq", "Which elements are equal, as bool.") { try $0.eq($1) }
        binary(c, "ne", "Which elements differ, as bool.") { try $0.ne($1) }
        binary(c, "lt", "Which elements are less, as bool.") { try $0.lt($1) }
        binary(c, "le", "Which elements are less or equal, as bool.") { try $0.le($1) }
        binary(c, "gt", "Which elements are greater, as bool.") { try $0.gt($1) }
        binary(c, "ge", "Which elements are greater or equal, as bool.") { try $0.ge($1) }
        binary(c, "logical_and", "Where both differ from 0, as bool.") { try $0.logicalAnd($1) }
        binary(c, "logical_or", "Where one or both differ from 0, as bool.") { try $0.logicalOr($1) }
        binary(c, "logical_xor", "Where exactly one differs from 0, as bool.") { try $0.logicalXor($1) }
        binary(c, "matmul", "The matrix product over the last two dimensions; leading ones broadcast.") { try $0.matmul($1) }
        binary(c, "mm", "The product of two matrices.") { try $0.matmul($1) }
        binary(c, "dot", "The scalar product of two vectors.") { try $0.dot($1) }
        c.method("equal", doc: Doc("Whether shape and all elements are equal.", parameters: [.init("other", "Tensor", "the other tensor")],
            returns: "boolean")) { t, call in
            let other = try call.tensor(1)
            return .boolean(try t.shape == other.shape && t.eq(other).all().item() == 1)
        }
    }

    /// Powers with a plain number keep their fast forms.
    private static func power(_ base: Tensor, _ exponent: Tensor) throws -> Tensor {
        if exponent.rank == 0, !exponent.requiresGrad, try exponent.dtype != .int64 || abs(exponent.item()) < 0x1p53 { return try base.pow(exponent.item()) }
        return try base.pow(exponent)
    }

    private static func combined(_ call: LuaCall, _ body: (Tensor, Tensor) throws -> Tensor) throws -> LuaValue {
        let (first, second) = try call.operands()
        return .object(try body(first, second))
    }

    private static func binary(_ c: LuaClass<Tensor>, _ name: String, _ summary: String, _ body: @escaping (Tensor, Tensor) throws -> Tensor) {
        c.method(name, doc: Doc(summary, parameters: [operand], returns: "Tensor")) { t, call in
            .object(try body(t, call.slot(1).operand(beside: t)))
        }
    }
}
