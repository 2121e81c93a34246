import Losses
import LuaHost
import Training

let spladeSchedulerClass = LuaClass<SpladeRegularizerWeightSchedulerCallback>(
    "SpladeRegularizerWeightSchedulerCallback",
    doc: "Raises the regularizer weights of a SpladeLoss from 0 over the first part of a run. Trainers add one by themselves if there is none."
) { c in
    let names = SpladeRegularizerWeightSchedulerCallback.Schedule.allCases.map(\.rawValue)
    c.constructor(doc: Doc(
        "A schedule for a loss.",
        parameters: [.init("loss", "SpladeLoss", "the loss, or among the options")],
        options: [.init("loss", "SpladeLoss", optional: true, "in place of the first argument"),
                  .init("scheduler_type", "string", default: "\"quadratic\"", "\"quadratic\" or \"linear\""),
                  .init("warmup_ratio", "number", default: "1/3", "the share of all steps over which the weights rise")],
        example: "local callback = sentx.SpladeRegularizerWeightSchedulerCallback(loss, { scheduler_type = \"linear\" })")) { call in
        let isFirst = call.slot(1).objectIfPresent((any Loss).self) != nil
        let options = try call.options(isFirst ? 2 : 1)
        let slot = isFirst ? call.slot(1) : options.slot("loss")
        guard let loss = slot.objectIfPresent((any RegularizedLoss).self) else { throw slot.mismatch("SpladeLoss or CachedSpladeLoss") }
        let type = try options.choice("scheduler_type", names, default: "quadratic")
        let ratio = try options.number("warmup_ratio", default: 1.0 / 3)
        try options.finish()
        do {
            return try SpladeRegularizerWeightSchedulerCallback(loss: loss, schedule: .init(rawValue: type) ?? .quadratic, warmupRatio: ratio)
        } catch {
            throw call.error("\(error)")
        }
    }
    c.property("warmup_ratio", doc: "The share of all steps over which the weights rise.") { callback, _ in .number(callback.warmupRatio) }
    c.oneLine { "SpladeRegularizerWeightSchedulerCallback(\($0.schedule.rawValue), \($0.warmupRatio))" }
}
