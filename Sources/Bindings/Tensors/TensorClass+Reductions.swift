import LuaHost
import Tensors

extension TensorBindings {
    static func registerReductions(_ c: LuaClass<Tensor>) {
        reduction(c, "sum", "The sum.") { try $0.sum(dim: $1, keepDim: $2) } several: { try $0.sum(dims: $1, keepDim: $2) }
        reduction(c, "mean", "The mean.") { try $0.mean(dim: $1, keepDim: $2) } several: { try $0.mean(dims: $1, keepDim: $2) }
        reduction(c, "prod", "The product.") { try $0.prod(dim: $1, keepDim: $2) }
        reduction(c, "amax", "The largest element; equal ones share the gradient.") { try $0.amax(dim: $1, keepDim: $2) }
        reduction(c, "amin", "The smallest element; equal ones share the gradient.") { try $0.amin(dim: $1, keepDim: $2) }
        reduction(c, "any", "Whether any element differs from 0, as bool.") { try $0.any(dim: $1, keepDim: $2) }
        reduction(c, "all", "Whether all elements differ from 0, as bool.") { try $0.all(dim: $1, keepDim: $2) }
        reduction(c, "argmax", "The index of the largest element, the first of equals; without dim, in row-major order.") {
            try $0.argmax(dim: $1, keepDim: $2).countedFromOne()
        }
        reduction(c, "argmin", "The index of the smallest element, the first of equals; without dim, in row-major order.") {
            try $0.argmin(dim: $1, keepDim: $2).countedFromOne()
        }
        extremes(c, "max", "largest") { try $0.max(dim: nil, keepDim: false) } pair: { try $0.maxWithIndices(dim: $1, keepDim: $2) } binary: {
            try $0.maximum($1)
        }
        extremes(c, "min", "smallest") { try $0.min(dim: nil, keepDim: false) } pair: { try $0.minWithIndices(dim: $1, keepDim: $2) } binary: {
            try $0.minimum($1)
        }
        spread(c, "var", "The variance with divisor n - correction.") { try $0.variance(dim: $1, correction: $2, keepDim: $3) }
        spread(c, "std", "The standard deviation with divisor n - correction.") { try $0.std(dim: $1, correction: $2, keepDim: $3) }
        c.method("norm", doc: Doc("The p-norm of all elements, or along a dimension.", parameters: [
            .init("p", "number", default: "2", "the order; math.huge for the largest magnitude"), optionalDimension, keepDimension,
        ], returns: "Tensor")) { t, call in
            .object(try t.norm(p: call.number(1, default: 2), dim: call.optionalDimension(2, of: t.rank), keepDim: call.bool(3, default: false)))
        }
        c.method("logsumexp", doc: Doc("log(sum(e^x)) along a dimension, without overflow.", parameters: [dimension, keepDimension],
            returns: "Tensor")) { t, call in
            .object(try t.logSumExp(dim: call.slot(1).dimension(of: t.rank), keepDim: call.bool(2, default: false)))
        }
        c.methodWithResults("sort", doc: Doc("Sorted along a dimension, equal elements in their old order.", parameters: [
            lastDimension, .init("descending", "boolean", default: "false", "whether the largest come first"),
        ], returns: "Tensor of values, Tensor of indices")) { t, call in
            let sorted = try t.sort(dim: call.dimension(1, of: t.rank, default: -1), descending: call.bool(2, default: false))
            return [.object(sorted.values), .object(try sorted.indices.countedFromOne())]
        }
        c.method("argsort", doc: Doc("The indices that sort along a dimension.", parameters: [
            lastDimension, .init("descending", "boolean", default: "false", "whether the largest come first"),
        ], returns: "Tensor")) { t, call in
            .object(try t.argsort(dim: call.dimension(1, of: t.rank, default: -1), descending: call.bool(2, default: false)).countedFromOne())
        }
        c.methodWithResults("topk", doc: Doc("The k largest along a dimension, best first.", parameters: [
            .init("k", "integer", "how many"), lastDimension, .init("largest", "boolean", default: "true", "false for the smallest"),
        ], returns: "Tensor of values, Tensor of indices")) { t, call in
            let top = try t.topK(call.integer(1), dim: call.dimension(2, of: t.rank, default: -1), largest: call.bool(3, default: true))
            return [.object(top.values), .object(try top.indices.countedFromOne())]
        }
        c.method("normalize", doc: Doc("Scaled to norm 1 along a dimension.", parameters: [
            .init("p", "number", default: "2", "the order of the norm"), lastDimension,
                .init("eps", "number", default: "1e-12", "the least norm to divide by"),
        ], returns: "Tensor")) { t, call in
            .object(try t.normalize(p: call.number(1, default: 2), dim: call.dimension(2, of: t.rank, default: -1),
                eps: call.number(3, default: 1e-12)))
        }
    }

    private static func reduction(
        _ c: LuaClass<Tensor>, _ name: String, _ summary: String, _ body: @escaping (Tensor, Int?, Bool) throws -> Tensor,
        several: ((Tensor, [Int], Bool) throws -> Tensor)? = nil
    ) {
        c.method(name, doc: Doc(summary, parameters: [optionalDimension, keepDimension], returns: "Tensor")) { t, call in
            let keep = try call.bool(2, default: false)
            if let several, case .table = call.value(1) {
                return .object(try several(t, call.slot(1).list().map { try $0.dimension(of: t.rank) }, keep))
            }
            return .object(try body(t, call.optionalDimension(1, of: t.rank), keep))
        }
    }

    private static func spread(_ c: LuaClass<Tensor>, _ name: String, _ summary: String,
        _ body: @escaping (Tensor, Int?, Int, Bool) throws -> Tensor) {
        c.method(name, doc: Doc(summary, parameters: [
            optionalDimension, .init("correction", "integer", default: "1", "1: unbiased, 0: of the whole population"), keepDimension,
        ], returns: "Tensor")) { t, call in
            .object(try body(t, call.optionalDimension(1, of: t.rank), call.integer(2, default: 1), call.bool(3, default: false)))
        }
    }

    private static func extremes(
        _ c: LuaClass<Tensor>, _ name: String, _ word: String, _ all: @escaping (Tensor) throws -> Tensor,
        pair: @escaping (Tensor, Int, Bool) throws -> (values: Tensor, indices: Tensor), binary: @escaping (Tensor, Tensor) throws -> Tensor
    ) {
        c.methodWithResults(name, doc: Doc("""
            The \(word) of all elements; with a dimension, the \(word) along it and their indices; with a tensor, the \(word) \
            of both.
            """, parameters: [
            .init("dim", "integer or Tensor", optional: true, "the dimension, or the other tensor"), keepDimension,
        ], returns: "Tensor, or Tensor of values and Tensor of indices")) { t, call in
            if let other = call.slot(1).objectIfPresent(Tensor.self) { return [.object(try binary(t, other))] }
            guard let dim = try call.optionalDimension(1, of: t.rank) else { return [.object(try all(t))] }
            let (values, indices) = try pair(t, dim, call.bool(2, default: false))
            return [.object(values), .object(try indices.countedFromOne())]
        }
    }
}
