import LuaHost
import Tensors

extension TensorBindings {
    static func registerIndexing(_ c: LuaClass<Tensor>) {
        let indices = Doc.Parameter("index", "Tensor", "int64, counted from 1")
        c.method("index_select", doc: Doc("Chosen indices of a dimension, in the order given.", parameters: [
            dimension, .init("indices", "Tensor or table of integers", "counted from 1"),
        ], returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            return .object(try t.indexSelect(dim: dim, indices: call.slot(2).positions(among: length(t, dim))))
        }
        c.method("gather", doc: Doc("result[i][j] = t[i][index[i][j]] for dimension 2, and likewise for others.",
            parameters: [dimension, indices], returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            return .object(try t.gather(dim: dim, index: call.slot(2).positions(among: length(t, dim))))
        }
        c.method("scatter_add", doc: Doc("A copy with source[i][j] added at [i][index[i][j]] for dimension 2, and likewise for others.", parameters: [
            dimension, indices, .init("source", "Tensor", "of the shape of index"),
        ], returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            return .object(try t.scatterAdd(dim: dim, index: call.slot(2).positions(among: length(t, dim)), source: call.tensor(3)))
        }
        c.method("masked_select", doc: Doc("""
            The elements where a mask is true as a vector, or whole indices of the first dimension for a mask with one \
            dimension.
            """, parameters: [
            .init("mask", "Tensor", "bool"),
        ], returns: "Tensor")) { t, call in .object(try masked(t, call.tensor(1))) }
        c.method("nonzero", doc: Doc("The places of elements that differ from 0, a row of indices for each.", returns: "Tensor")) { t, _ in
            .object(try t.nonzero().countedFromOne())
        }
        c.meta(.index, doc: """
            t[i] is index i of the first dimension; t[{ i, {first, last} }] has an entry per dimension: an index, a range \
            {first, last, step} ({} for all) or a tensor of indices; t[mask] selects.
            """) { t, call in
            switch call.value(1) {
            case .integer, .number: return try element(of: t, call.slot(1))
            case .table, .object: return .object(try part(of: t, call.slot(1)))
            default: throw call.unknownMember()
            }
        }
        c.meta(.newIndex, doc: "t[i] = value and t[{ ... }] = value write a number or a tensor to that part, off the tape.") { t, call in
            let key = call.slot(1)
            switch key.value {
            case .integer, .number: try write(call.slot(2), to: t.select(dim: 0, index: key.position(among: t.shape.first ?? 0)))
            case .table: try write(call.slot(2), to: part(of: t, key))
            case .object: try t.copyInPlace(GradientTape.noGrad { try chosen(try call.tensor(1), call.slot(2),
                LuaSlot(.object(t), state: call.state, place: call.name)) })
            default: throw call.unknownMember()
            }
            return .nil
        }
        c.metaWithResults(.pairs, doc: "for i, part in pairs(t) walks the first dimension.") { t, call in
            var index = 0
            let next = try call.state.function("tensor iterator") { _ in
                index += 1
                return index <= (t.shape.first ?? 0) ? [.integer(index), .object(try t.select(dim: 0, index: index - 1))] : [.nil]
            }
            return [.function(next), .object(t), .nil]
        }
    }

    private static func length(_ tensor: Tensor, _ dim: Int) -> Int {
        tensor.rank == 0 ? 0 : tensor.shape[dim < 0 ? dim + tensor.rank : dim]
    }

    /// `t[i]`; nil one behind the end, so that ipairs stops there.
    private static func element(of tensor: Tensor, _ slot: LuaSlot) throws -> LuaValue {
        guard tensor.rank > 0 else { throw TensorError("a tensor without dimensions cannot be indexed; item() gives its value") }
        if try slot.integer() == tensor.shape[0] + 1 { return .nil }
        return .object(try tensor.select(dim: 0, index: slot.position(among: tensor.shape[0])))
    }

    private static func masked(_ tensor: Tensor, _ mask: Tensor) throws -> Tensor {
        mask.rank > 1 && mask.shape == tensor.shape ? try tensor.reshape([-1]).maskedSelect(mask.reshape([-1])) : try tensor.maskedSelect(mask)
    }

    /// `t[{ ... }]`, `t[mask]` and `t[indices]`.
    private static func part(of tensor: Tensor, _ slot: LuaSlot) throws -> Tensor {
        if let index = slot.objectIfPresent(Tensor.self) {
            if index.dtype == .bool { return try masked(tensor, index) }
            return try tensor.indexSelect(dim: 0, indices: slot.positions(among: length(tensor, 0)))
        }
        let entries = try slot.list()
        guard entries.count <= tensor.rank else {
            throw slot.invalid("must have at most \(tensor.rank) entries, one for each dimension of shape \(tensor.shape)")
        }
        var result = tensor, dim = 0
        for entry in entries {
            switch entry.value {
            case .integer, .number:
                result = try result.select(dim: dim, index: entry.position(among: result.shape[dim]))
                continue
            case .table:
                let range = try entry.integers()
                guard range.count <= 3 else { throw entry.invalid("must be {}, {first}, {first, last} or {first, last, step}") }
                result = try sliced(result, dim, range.first ?? 1, range.count > 1 ? range[1] : -1, range.count > 2 ? range[2] : 1)
            default:
                result = try result.indexSelect(dim: dim, indices: entry.positions(among: result.shape[dim]))
            }
            dim += 1
        }
        return result
    }

    private static func write(_ slot: LuaSlot, to part: Tensor) throws {
        try part.copyInPlace(slot.isElement ? slot.element(of: part.dtype) : slot.operand(beside: part))
    }
}
