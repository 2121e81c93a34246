import Datasets
import Encoders
import Evaluators
import Losses
import LuaHost
import TextFormat
import Training

/// A trainer from the options of its constructor.
func makeTrainer(_ call: LuaCall, _ kind: TrainerKind, _ argumentsType: LuaTrainingArguments.Type) throws -> Trainer {
    let options = try call.options(1)
    let model = try options.object("model", (any EncoderModel).self)
    try kind.check(model, options.slot("model"))
    let arguments = try trainingArguments(options.slot("args"), kind, argumentsType)
    let datasets = try namedDatasets(options.slot("train_dataset"))
    let eval = options.slot("eval_dataset")
    let evalDatasets = eval.isNil ? [] : try namedDatasets(eval)
    let losses = try NamedLosses(options.slot("loss"), for: model, kind, call.state)
    let evaluator = try evaluator(options.slot("evaluator"), call.state)
    let callbacks = options.slot("callbacks")
    let list = callbacks.isNil ? [] : try callbacks.list()
    try options.finish()
    return try Trainer(model: model, arguments: arguments, train: losses.paired(datasets, "train_dataset"),
                       eval: losses.paired(evalDatasets, "eval_dataset"), evaluator: evaluator,
                       callbacks: try list.map { try $0.callback(in: call.state) })
}

/// Arguments of the trainer's own kind, or a table of them.
private func trainingArguments(_ slot: LuaSlot, _ kind: TrainerKind, _ type: LuaTrainingArguments.Type) throws -> TrainingArguments {
    guard let given = slot.objectIfPresent(LuaTrainingArguments.self) else { return try readTrainingArguments(slot.options(), kind.argumentsName) }
    // What a trainer or a callback shows has no kind.
    guard Swift.type(of: given) == type || Swift.type(of: given) == LuaTrainingArguments.self else { throw slot.mismatch(kind.argumentsName) }
    return given.arguments
}

/// One dataset without a name, or several by name. A Lua table has no order, so they are sorted.
private func namedDatasets(_ slot: LuaSlot) throws -> [(name: String?, dataset: Dataset)] {
    guard case .table(let table) = slot.value else { return [(nil, try slot.object(Dataset.self))] }
    let entries = try table.pairs().map { key, value -> (name: String?, dataset: Dataset) in
        guard let name = key.asString else { throw slot.invalid("several datasets are given by name, as in { nli = dataset, sts = other }") }
        if name.isEmpty { throw slot.invalid("the name of a dataset is empty") }
        return (name, try slot.field(name, value).object(Dataset.self))
    }
    if entries.isEmpty { throw slot.invalid("the table holds no dataset") }
    return entries.sorted { $0.name ?? "" < $1.name ?? "" }
}

/// The loss of each dataset: one for all, or one by the dataset's name.
private struct NamedLosses {
    private let all: (any Loss)?
    private let byName: [String: any Loss]
    private let slot: LuaSlot

    init(_ slot: LuaSlot, for model: any EncoderModel, _ kind: TrainerKind, _ state: LuaState) throws {
        self.slot = slot
        if slot.isNil, let loss = try kind.defaultLoss(model) {
            (all, byName) = (loss, [:])
        } else if case .table(let table) = slot.value, slot.uncalled == nil, try !LuaLoss.isLoss(slot.value) {
            var losses: [String: any Loss] = [:]
            for (key, value) in try table.pairs() {
                guard let name = key.asString else {
                    throw slot.mismatch("loss, or table of losses by the names of datasets")
                }
                losses[name] = try slot.field(name, value).loss(in: state)
            }
            if losses.isEmpty { throw slot.invalid("a table with a function forward, or of losses by the names of datasets, is wanted") }
            (all, byName) = (nil, losses)
        } else {
            (all, byName) = (try slot.loss(in: state), [:])
        }
    }

    /// The datasets with their losses. - Throws: where a dataset has none.
    func paired(_ datasets: [(name: String?, dataset: Dataset)], _ argument: String) throws -> [TrainingDataset] {
        try datasets.map { name, dataset in
            let rows = try LossBatchSource(dataset)
            if let all { return TrainingDataset(name: name, rows: rows, loss: all) }
            guard let name else { throw slot.invalid("losses by name need \(argument) to be a table of datasets by the same names") }
            guard let loss = byName[name] else {
                let near = nearestName(to: name, in: byName.keys.sorted()).map { " (it has '\($0)')" } ?? ""
                throw slot.invalid("no loss is given for '\(name)' of \(argument)\(near)")
            }
            return TrainingDataset(name: name, rows: rows, loss: loss)
        }
    }
}

/// One evaluator, or several from a list.
private func evaluator(_ slot: LuaSlot, _ state: LuaState) throws -> (any Evaluator)? {
    if slot.isNil { return nil }
    if case .table(let table) = slot.value, table.count > 0 {
        return try SequentialEvaluator(slot.list().map { try $0.evaluator(in: state) })
    }
    return try slot.evaluator(in: state)
}
