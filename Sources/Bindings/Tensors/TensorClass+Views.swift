import LuaHost
import Tensors

extension TensorBindings {
    static func registerViews(_ c: LuaClass<Tensor>) {
        let lengths = Doc.Parameter("shape", "integers or a table", "the lengths; one may be -1")
        for name in ["reshape", "view"] {
            c.method(name, doc: Doc("The same elements in another shape.", parameters: [lengths], returns: "Tensor")) { t, call in
                .object(try t.reshape(call.integers(from: 1)))
            }
        }
        c.method("expand", doc: Doc("Dimensions of length 1 repeated without copying.", parameters: [lengths], returns: "Tensor")) { t, call in
            .object(try t.expand(call.integers(from: 1)))
        }
        c.method("tile", doc: Doc("Copies side by side.", parameters: [.init("times", "integers or a table", "how often along each dimension")],
            returns: "Tensor")) { t, call in
            .object(try t.tile(call.integers(from: 1)))
        }
        c.method("flatten", doc: Doc("Dimensions joined into one.", parameters: [
            .init("start_dim", "integer", default: "1", "the first"), .init("end_dim", "integer", default: "-1", "the last"),
        ], returns: "Tensor")) { t, call in
            .object(try t.flatten(from: call.dimension(1, of: t.rank, default: 0), to: call.dimension(2, of: t.rank, default: -1)))
        }
        c.method("permute", doc: Doc("Dimensions in another order.", parameters: [.init("dims", "integers or a table", "each dimension once")],
            returns: "Tensor")) { t, call in
            let order = try call.integers(from: 1).map { try LuaSlot(.integer($0), state: call.state, place: call.name).dimension(of: t.rank) }
            return .object(try t.permute(order))
        }
        c.method("transpose", doc: Doc("Two dimensions exchanged.", parameters: [
            .init("dim0", "integer", "a dimension"), .init("dim1", "integer", "the other"),
        ], returns: "Tensor")) { t, call in
            .object(try t.transpose(call.slot(1).dimension(of: t.rank), call.slot(2).dimension(of: t.rank)))
        }
        c.method("squeeze", doc: Doc("Without a dimension of length 1, or without all of them.", parameters: [
            .init("dim", "integer", optional: true, "the dimension"),
        ], returns: "Tensor")) { t, call in .object(try t.squeeze(call.optionalDimension(1, of: t.rank))) }
        c.method("unsqueeze", doc: Doc("With a new dimension of length 1.",
            parameters: [.init("dim", "integer", "its place, up to one behind the last")], returns: "Tensor")) { t, call in
            .object(try t.unsqueeze(call.slot(1).dimension(of: t.rank + 1)))
        }
        c.method("flip", doc: Doc("Dimensions turned round.", parameters: [.init("dims", "integers or a table", "the dimensions")],
            returns: "Tensor")) { t, call in
            .object(try t.flip(call.integers(from: 1).map { try LuaSlot(.integer($0), state: call.state, place: call.name).dimension(of: t.rank) }))
        }
        for (name, body) in [("triu", { try $0.triu($1) }), ("tril", { try $0.tril($1) })] as [(String, (Tensor, Int) throws -> Tensor)] {
            let side = name == "triu" ? "above" : "below"
            c.method(name, doc: Doc("The part on and \(side) a diagonal, zeros elsewhere.", parameters: [
                .init("diagonal", "integer", default: "0", "places above the main diagonal"),
            ], returns: "Tensor")) { t, call in .object(try body(t, call.integer(1, default: 0))) }
        }
        c.method("diagonal", doc: Doc("A diagonal of the last two dimensions.", parameters: [
            .init("offset", "integer", default: "0", "places above the main diagonal"),
        ], returns: "Tensor")) { t, call in .object(try t.diagonal(offset: call.integer(1, default: 0))) }
        c.method("narrow", doc: Doc("A part of a dimension.", parameters: [
            dimension, .init("start", "integer", "the first index"), .init("length", "integer", "how many"),
        ], returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            let length = try call.integer(3), size = t.rank == 0 ? 0 : t.shape[dim < 0 ? dim + t.rank : dim]
            let start = length == 0 ? 0 : try call.slot(2).position(among: size)
            guard length >= 0, length <= size - start else {
                throw call.slot(3).invalid("must leave the part inside the dimension of length \(size)")
            }
            return .object(try t.narrow(dim: dim, start: start, length: length))
        }
        c.method("select", doc: Doc("One index of a dimension, which goes.", parameters: [dimension, .init("index", "integer", "the index")],
            returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            let size = t.rank == 0 ? 0 : t.shape[dim < 0 ? dim + t.rank : dim]
            return .object(try t.select(dim: dim, index: call.slot(2).position(among: size)))
        }
        c.method("slice", doc: Doc("Every step-th index from first to last, both included.", parameters: [
            dimension, .init("first", "integer", default: "1", "the first index"), .init("last", "integer", default: "-1", "the last index"),
            .init("step", "integer", default: "1", "the distance"),
        ], returns: "Tensor")) { t, call in
            let dim = try call.slot(1).dimension(of: t.rank)
            return .object(try sliced(t, dim, call.integer(2, default: 1), call.integer(3, default: -1), call.integer(4, default: 1)))
        }
        pieces(c, "split", "Pieces of a length along a dimension.", .init("size", "integer", "the length of a piece")) { try $0.split($1, dim: $2) }
        pieces(c, "chunk", "A number of pieces along a dimension.", .init("chunks", "integer", "how many at most")) { try $0.chunk($1, dim: $2) }
    }

    /// The part from `first` to `last` as Lua counts: both included, from the end by -1, cut to what there is.
    static func sliced(_ tensor: Tensor, _ dim: Int, _ first: Int, _ last: Int, _ step: Int) throws -> Tensor {
        guard tensor.rank > 0 else { throw TensorError("slice: a tensor without dimensions has nothing to slice") }
        let length = tensor.shape[dim < 0 ? dim + tensor.rank : dim]
        let start = max(0, first < 0 ? first + length : first - 1)
        let end = min(length, last < 0 ? last + length + 1 : last)
        return try tensor.slice(dim: dim, start: min(start, length), end: max(end, 0), step: step)
    }

    private static func pieces(_ c: LuaClass<Tensor>, _ name: String, _ summary: String, _ parameter: Doc.Parameter,
                               _ body: @escaping (Tensor, Int, Int) throws -> [Tensor]) {
        c.method(name, doc: Doc(summary, parameters: [parameter, .init("dim", "integer", default: "1", "the dimension")],
            returns: "table of Tensor")) { t, call in
            try call.list(body(t, call.integer(1), call.dimension(2, of: t.rank, default: 0)).map { .object($0) })
        }
    }
}
