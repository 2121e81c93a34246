import CrossEncoderLosses
import Losses
import LuaHost
import Tensors

/// The objects that some losses take as options.
enum LossParts {
    /// A weighting scheme as Lua holds it.
    final class Weighting {
        let scheme: any LambdaWeightingScheme

        init(_ scheme: any LambdaWeightingScheme) { self.scheme = scheme }
    }

    /// Weights of positions as Lua holds them.
    final class LambdaWeight {
        let weight: PListMLELambdaWeight

        init(_ weight: PListMLELambdaWeight) { self.weight = weight }
    }

    static let weightingClass = LuaClass<Weighting>("WeightingScheme", doc: "How much each pair of documents weighs in LambdaLoss.") { c in
        c.property("name", doc: "Its name.") { weighting, _ in .string(weighting.scheme.name) }
        c.meta(.tostring) { weighting, _ in .string(weighting.scheme.name) }
    }

    static let lambdaWeightClass = LuaClass<LambdaWeight>("LambdaWeight", doc: "How much each position of a list weighs in PListMLELoss.") { c in
        c.meta(.tostring) { _, _ in .string(PListMLELambdaWeight.name) }
    }

    static func register(_ module: LuaModule) throws {
        let plain: [(String, String, any LambdaWeightingScheme)] = [
            ("NoWeightingScheme", "All pairs weigh the same: RankNet.", NoWeightingScheme()),
            ("NDCGLoss1Scheme", "The discounted gain of the first document: a loose bound of nDCG.", NDCGLoss1Scheme()),
            ("NDCGLoss2Scheme", "Difference of gains, by the step of the discount at the distance of the ranks.", NDCGLoss2Scheme()),
            ("LambdaRankScheme", "Difference of gains, by the difference of discounts: what a swap changes in nDCG.", LambdaRankScheme()),
        ]
        for (name, summary, scheme) in plain {
            try module.function(name, doc: Doc(summary, returns: "WeightingScheme")) { call in
                try call.requireAtMost(0)
                return .object(Weighting(scheme))
            }
        }
        try module.function("NDCGLoss2PPScheme", doc: Doc(
            "mu times NDCGLoss2Scheme plus LambdaRankScheme, the default of LambdaLoss.",
            options: [.init("mu", "number", default: "10", "weight of NDCGLoss2Scheme")], returns: "WeightingScheme"
        )) { call in
            let options = try call.options(1)
            let mu = try options.nonNegativeNumber("mu", default: 10)
            try options.finish()
            return .object(Weighting(NDCGLoss2PPScheme(mu: mu)))
        }
        try module.function("PListMLELambdaWeight", doc: Doc(
            "Weights of positions for PListMLELoss, by default 2^(documents - position) - 1.",
            options: [.init("rank_discount_fn", "function", optional: true,
                            "from a bool tensor [queries, longest], true where there is a document, to weights of that shape")],
            returns: "LambdaWeight"
        )) { call in
            let options = try call.options(1)
            let function = try options.optionalFunction("rank_discount_fn")
            try options.finish()
            let state = call.state
            return .object(LambdaWeight(PListMLELambdaWeight(rankDiscount: function.map { function in
                { mask in
                    try LuaSlot(try function.callForOne([.object(mask)]), state: state, place: "rank_discount_fn: result").object(Tensor.self)
                }
            })))
        }
    }
}

/// A weighting scheme written in Lua: a function from gain `[queries, n]`, discount `[1, n]` and labels `[queries, n]` to
/// weights that broadcast to `[queries, n, n]`.
struct LuaWeightingScheme: LambdaWeightingScheme {
    let function: LuaFunction
    let state: LuaState

    var name: String { "lua function" }

    func weights(gain: Tensor, discount: Tensor, labels: Tensor) throws -> Tensor {
        let result = try function.callForOne([.object(gain), .object(discount), .object(labels)])
        return try LuaSlot(result, state: state, place: "weighting_scheme: result").object(Tensor.self)
    }
}
