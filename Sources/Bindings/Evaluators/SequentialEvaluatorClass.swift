import Evaluators
import LuaHost

let sequentialEvaluatorClass = LuaClass<SequentialEvaluator>(
    "SequentialEvaluator",
    doc: Doc("Runs several evaluators. Its metrics are those of all, and sequential_score (primary)."),
    base: "Evaluator"
) { c in
    c.constructor(doc: Doc(
        "Several evaluators as one.",
        parameters: [.init("evaluators", "table of evaluators", "run in this order; tables and functions become evaluators")],
        options: [
            .init("main_score_function", "function(scores)", optional: true,
                  "makes sequential_score out of the list of primary metrics; the last one by default"),
        ],
        example: "local both = sentx.evaluation.SequentialEvaluator({ first, second }, { main_score_function = function(s) return s[1] end })"
    )) { call in
        let evaluators = try call.slot(1).list().map { try $0.evaluator(in: call.state) }
        let options = try call.options(2)
        let function = try options.optionalFunction("main_score_function")
        try options.finish()
        guard let function else { return try noted(SequentialEvaluator(evaluators)) }
        let state = call.state
        return try noted(SequentialEvaluator(evaluators) { scores in
            let list = try state.list(scores.map { .number($0) })
            return try LuaSlot(try function.callForOne([.table(list)]), state: state, place: "result of main_score_function").number()
        })
    }
}

/// Says which metrics get lost because evaluators have one name.
private func noted(_ evaluator: SequentialEvaluator) -> SequentialEvaluator {
    if let key = evaluator.sharedKeys.first {
        reportNotes(["several of the evaluators write '\(key)', and only the last value stands; give each a name of its own with the option name"])
    }
    return evaluator
}
