import ComputeRuntime
import Kernels
import TextFormat

/// Arguments that do not do what they seem to ask for.
enum ArgumentChecks {
    static let all: [Preflight.Check] = [learningRate, precision, pushing, tracking, ignored, olderCheckpoints]

    static func learningRate(_ subject: PreflightSubject) -> [PreflightFinding] {
        let rate = subject.arguments.learningRate
        let usual: (what: String, range: ClosedRange<Double>, start: String)
        switch subject.model.training {
        case .full: usual = ("full training of a transformer", 1e-6...5e-4, "2e-5")
        case .adapters: usual = ("training of low-rank adapters", 1e-5...5e-3, "1e-4")
        case .staticEmbedding: usual = ("training of static embeddings", 1e-3...1, "2e-1")
        }
        guard subject.arguments.optimizer == .adamW, !usual.range.contains(rate) else { return [] }
        return [PreflightFinding("learning-rate", .warning, "learning_rate is \(rate.general()); \(usual.what) works between "
            + "\(usual.range.lowerBound.general()) and \(usual.range.upperBound.general())", fix: "start with \(usual.start)")]
    }

    static func precision(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.arguments.bf16, InstructionSet.current < .avx512bf16 else { return [] }
        return [PreflightFinding("bf16", .note, "bf16 is on, but on this processor products in bfloat16 are missing or slower than those in "
            + "float32, so that the run multiplies in float32", fix: "nothing to do; the same script takes bfloat16 where it pays")]
    }

    static func pushing(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.arguments.pushToHub else { return [] }
        return [PreflightFinding("push-to-hub", .warning, "push_to_hub is on, but no hub token is configured, so nothing is pushed",
                                 fix: "the model stays in output_dir; save it with save_pretrained and upload the folder")]
    }

    static func tracking(_ subject: PreflightSubject) -> [PreflightFinding] {
        let trackers = subject.arguments.reportTo.filter { $0 != "none" }
        guard !trackers.isEmpty else { return [] }
        return [PreflightFinding("report-to", .warning, "report_to names \(trackers.joined(separator: ", ")), and this version has no trackers",
                                 fix: "set report_to = \"none\"; everything logged is in logs/\(subject.arguments.effectiveRunName).log")]
    }

    static func ignored(_ subject: PreflightSubject) -> [PreflightFinding] {
        var ignored = subject.arguments.ignored.map { (name: $0.name, reason: $0.reason) }
        if [subject.lossConfiguration, subject.innerLossConfiguration].contains(where: { $0["gather_across_devices"] == .bool(true) }) {
            ignored.append(("gather_across_devices of the loss", "a run is one process, and the negatives of a row are those of its own batch"))
        }
        return ignored.map { PreflightFinding("no-effect", .note, "\($0.name) has no effect: \($0.reason)", fix: "leave it out") }
    }

    static func olderCheckpoints(_ subject: PreflightSubject) -> [PreflightFinding] {
        guard subject.existingCheckpoints > 0, !subject.resumes, subject.arguments.saveStrategy != .no else { return [] }
        return [PreflightFinding("older-checkpoints", .note, "\(subject.arguments.outputDir) holds \(subject.existingCheckpoints) checkpoints of an "
            + "earlier run; this run starts afresh, replaces those of the same step and counts the others towards save_total_limit",
            fix: "pass resume_from_checkpoint = true to go on with that run, or choose another output_dir")]
    }
}
