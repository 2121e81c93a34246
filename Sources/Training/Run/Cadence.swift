/// When a run logs, evaluates, saves and stops, by its arguments alone.
struct Cadence {
    let arguments: TrainingArguments
    let plan: TrainingPlan

    /// Switches on what is due after an optimizer step.
    func afterStep(_ state: TrainerState, _ control: inout TrainerControl) {
        let step = state.globalStep
        let isLast = step >= plan.maxSteps
        if step == 1 && arguments.loggingFirstStep { control.shouldLog = true }
        if arguments.loggingStrategy == .steps, step % plan.loggingSteps == 0 || isLast { control.shouldLog = true }
        if arguments.evalStrategy == .steps, arguments.evalDelay <= Double(step), step % plan.evalSteps == 0 || isLast {
            control.shouldEvaluate = true
        }
        if arguments.saveStrategy == .steps, step % plan.saveSteps == 0 || isLast { control.shouldSave = true }
        if isLast { control.shouldTrainingStop = true }
    }

    /// Switches on what is due after an epoch.
    func afterEpoch(_ state: TrainerState, _ control: inout TrainerControl) {
        if arguments.loggingStrategy == .epoch { control.shouldLog = true }
        if arguments.evalStrategy == .epoch, arguments.evalDelay <= state.epoch { control.shouldEvaluate = true }
        if arguments.saveStrategy == .epoch { control.shouldSave = true }
    }
}
