import Evaluators
import TestSupport
import Testing
import Training

@Suite struct MetricLineTests {
    private let retrieval = (["accuracy@1", "accuracy@10", "precision@1", "precision@10", "recall@1", "recall@10", "map@100"].map {
        Metric("eval_" + $0, 0.5)
    }) + [Metric("eval_ndcg@10", 0.25), Metric("eval_loss", 1), Metric("eval_runtime", 2)]

    @Test func a_few_values_are_all_shown() {
        let line = MetricLine(metrics: [Metric("loss", 0.125), Metric("learning_rate", 2e-5)], headlines: [])
        #expect(line.short == "loss 0.125 | learning_rate 2e-05")
        #expect(line.short == line.whole)
    }

    @Test func of_many_values_the_terminal_gets_what_decides_the_loss_and_the_same_cutoff() {
        let line = MetricLine(metrics: retrieval, headlines: ["eval_ndcg@10"])
        #expect(line.short == "eval_accuracy@1 0.5 | eval_accuracy@10 0.5 | eval_precision@1 0.5 | eval_precision@10 0.5 | "
            + "eval_recall@10 0.5 | eval_ndcg@10 0.25 | eval_loss 1 | eval_runtime 2 s | 2 more in the log")
        #expect(retrieval.allSatisfy { line.whole.contains($0.key) })
    }

    @Test func the_log_file_gets_the_whole_line_and_the_terminal_too_without_a_file() throws {
        let folder = TemporaryFolder()
        var shown = ""
        try RunLog(path: folder("run.log"), showsBar: false) { shown += $0 }.line("whole", onTerminal: "short")
        #expect(shown == "short\n")
        #expect(try contents(folder("run.log")) == "whole\n")
        try RunLog(path: nil, showsBar: false) { shown += $0 }.line("whole", onTerminal: "short")
        #expect(shown == "short\nwhole\n")
    }
}
