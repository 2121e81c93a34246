import Evaluators
import JSON

/// A moment of a run at which callbacks are called.
public enum TrainerEvent {
    case trainBegin, trainEnd, epochBegin, epochEnd, stepBegin
    /// A batch of an accumulated step is done, and the step is not.
    case substepEnd
    /// Gradients are complete; weights are not changed yet.
    case preOptimizerStep
    /// Weights are changed; gradients are still there.
    case optimizerStep
    case stepEnd
    /// An evaluation wrote these metrics, keys with `eval_`.
    case evaluate([Metric])
    /// These values were logged.
    case log([Metric])
    /// A checkpoint was written to this folder.
    case save(String)

    /// The name of the callback method in the field, such as `on_step_end`.
    public var name: String {
        switch self {
        case .trainBegin: return "on_train_begin"
        case .trainEnd: return "on_train_end"
        case .epochBegin: return "on_epoch_begin"
        case .epochEnd: return "on_epoch_end"
        case .stepBegin: return "on_step_begin"
        case .substepEnd: return "on_substep_end"
        case .preOptimizerStep: return "on_pre_optimizer_step"
        case .optimizerStep: return "on_optimizer_step"
        case .stepEnd: return "on_step_end"
        case .evaluate: return "on_evaluate"
        case .log: return "on_log"
        case .save: return "on_save"
        }
    }

    /// All names that ``name`` can have.
    public static let names = ["on_train_begin", "on_train_end", "on_epoch_begin", "on_epoch_end", "on_step_begin", "on_substep_end",
                               "on_pre_optimizer_step", "on_optimizer_step", "on_step_end", "on_evaluate", "on_log", "on_save"]
}

/// Watches a run and steers it through the control.
public protocol TrainerCallback: AnyObject {
    /// Its name in messages and checkpoints.
    var name: String { get }

    /// Called at each event, with the effective arguments and the state at that moment.
    func respond(to event: TrainerEvent, arguments: TrainingArguments, state: TrainerState, control: inout TrainerControl) throws

    /// What it needs to go on after a resume; nil if nothing.
    var savedState: JSONObject? { get }

    /// Takes back what ``savedState`` gave.
    func restore(_ state: JSONObject) throws

    /// What it adds to each line that logs the training loss; nothing by default.
    func addedLogs() -> [Metric]
}

extension TrainerCallback {
    public var savedState: JSONObject? { nil }
    public func restore(_ state: JSONObject) throws {}
    public func addedLogs() -> [Metric] { [] }
}
