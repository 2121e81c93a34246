import Encoders
import LuaHost

/// A kind of model and the losses that train it.
///
/// Each family registers its constructors in a module of its own, `sentx.KIND.losses`. `sentx.losses` holds those of all
/// families: a name that only one has means its loss, a name that several share is told apart by the model it is given.
struct LossFamily {
    /// The module that `losses` is in: "cross_encoder".
    let module: String
    /// The class of the model in messages: "CrossEncoder".
    let model: String
    /// Whether a value is a model of this kind.
    let accepts: (LuaSlot) -> Bool
    let register: (LuaModule) throws -> Void

    static let all = [
        LossFamily(module: "cross_encoder", model: "CrossEncoder", accepts: { $0.objectIfPresent((any PairScorer).self) != nil }) { module in
            try CrossEncoderLossBindings.registerPointwise(module)
            try CrossEncoderLossBindings.registerContrastive(module)
            try CrossEncoderLossBindings.registerListwise(module)
            try LossParts.register(module)
        },
        LossFamily(module: "sentence_transformer", model: "SentenceTransformer",
                   accepts: { $0.objectIfPresent((any SentenceEmbedder).self).map { !($0 is SparseEncoder) } ?? false }, register: SentenceTransformerLossBindings.register),
        LossFamily(module: "sparse_encoder", model: "SparseEncoder", accepts: { $0.objectIfPresent(SparseEncoder.self) != nil },
                   register: SparseEncoderLossBindings.register),
    ]

    /// `sentx.KIND.losses` for each family.
    static func registerEach(_ sentx: LuaModule) throws -> [(family: LossFamily, losses: LuaModule)] {
        try all.map { family in
            let parent = try sentx.submodule(family.module, doc: Doc("What belongs to one kind of model alone: \(family.model)."))
            let losses = try parent.submodule("losses", doc: Doc(
                "The losses of a \(family.model), also where another kind of model has one of the same name."))
            try family.register(losses)
            return (family, losses)
        }
    }

    /// Puts the constructors of all families into one module.
    static func merge(_ families: [(family: LossFamily, losses: LuaModule)], into module: LuaModule) throws {
        var done: Set<String> = []
        for name in families.flatMap({ $0.losses.functions.map(\.name) }) where done.insert(name).inserted {
            let owners = families.compactMap { entry in
                entry.losses.functions.first { $0.name == name }.map { (family: entry.family, function: $0) }
            }
            if owners.count == 1 {
                try module.function(name, doc: owners[0].function.doc, owners[0].function.body)
            } else {
                try module.function(name, doc: sharedDoc(owners)) { call in
                    let model = call.slot(1, "model")
                    guard let owner = owners.first(where: { $0.family.accepts(model) }) else {
                        // The sparse form of a loss has a name of its own.
                        let sparse = model.objectIfPresent(SparseEncoder.self) == nil ? "" : "; a SparseEncoder learns by SpladeLoss around a "
                            + "loss such as SparseMultipleNegativesRankingLoss"
                        throw model.mismatch(owners.map(\.family.model).joined(separator: " or ") + sparse)
                    }
                    return try owner.function.body(call)
                }
            }
        }
    }

    /// One documentation for losses of one name: what each does, and the options that each takes.
    private static func sharedDoc(_ owners: [(family: LossFamily, function: LuaModule.Function)]) -> Doc {
        let docs = owners.map(\.function.doc)
        let summary = owners.map { "With a \($0.family.model): \($0.function.doc.summary)" }.joined(separator: " ")
        var options: [Doc.Parameter] = []
        for (position, owner) in owners.enumerated() {
            for option in owner.function.doc.options {
                let others = docs.enumerated().filter { $0.offset != position }.map { $0.element.options.first { $0.name == option.name } }
                if others.allSatisfy({ $0.map { $0.isSame(as: option) } ?? false }) {
                    if position == 0 { options.append(option) }
                } else {
                    options.append(option.limited(to: owner.family.model))
                }
            }
        }
        let model = Doc.Parameter("model", owners.map(\.family.model).joined(separator: " or "),
                                  "the model to train, whose kind decides which loss is meant")
        return Doc(summary, parameters: [model] + (docs[0].parameters.dropFirst()), options: options, returns: "Loss",
                   example: docs.compactMap(\.example).first)
    }
}

extension Doc.Parameter {
    fileprivate func isSame(as other: Doc.Parameter) -> Bool {
        name == other.name && type == other.type && defaultValue == other.defaultValue && isOptional == other.isOptional && summary == other.summary
    }

    fileprivate func limited(to model: String) -> Doc.Parameter {
        Doc.Parameter(name, type, default: defaultValue, optional: isOptional, "with a \(model): \(summary)")
    }
}
