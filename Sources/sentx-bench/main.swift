import Benchmark
import Files
import Glibc

let usage = """
    usage: sentx-bench compare OPTIONS       sentx beside the reference; scripts/bench/compare.sh starts it
           sentx-bench run OPTIONS           workloads in this process without the reference, for a profiler
           sentx-bench search [ROWS QUERIES] exact search over random vectors beside the time to read them
           sentx-bench sparse-search [ROWS QUERIES] the same with an inverted index over sparse vectors
           sentx-bench serve                 one side of a comparison; started by compare

    --model FOLDER      all-MiniLM-L6-v2
    --data FILE.csv     no header: text, text, score from 0 to 5
    --only NAMES        workloads, separated by commas:
    \(Workload.all.map { "                          \($0.name)  \($0.title)" }.joined(separator: "\n    "))
    --rounds N          measurements of each workload, 3 by default
    --threads N         of both sides, all processors by default
    --precision NAMES   of sentx: fp32, bf16
    --parts NAMES       of a comparison: speed, threads, tokens, memory, int8
    --quick             smaller workloads and two rounds
    --page FILE.md      the page whose section of results is replaced
    --models FOLDER, --python FILE, --reference FILE, --sentx-run FILE   what compare.sh has made
    """

func count(_ text: String?, default fallback: Int) throws -> Int {
    guard let text else { return fallback }
    guard let number = Int(text), number > 0 else { throw BenchmarkError("a whole number above 0 is wanted, got '\(text)'") }
    return number
}

ProgramOutput.prepare(program: "sentx-bench")
do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    let rest = Array(arguments.dropFirst())
    switch arguments.first {
    case "compare": try Benchmark.compare(BenchmarkArguments(rest), program: "/proc/self/exe")
    case "run": try Benchmark.run(BenchmarkArguments(rest))
    case "serve": try WorkServer.run()
    case "search":
        let rows = try count(rest.first, default: 1_000_000), queries = try count(rest.dropFirst().first, default: 100)
        let benchmark = SearchBenchmark(rowCount: rows, queryCount: queries)
        print(try benchmark.run())
    case "sparse-search":
        let rows = try count(rest.first, default: 110_000), queries = try count(rest.dropFirst().first, default: 100)
        print(try SparseSearchBenchmark(rowCount: rows, queryCount: queries).run())
    case nil, "--help", "help": print(usage)
    case let command?: throw BenchmarkError("unknown command '\(command)'; see sentx-bench --help")
    }
} catch {
    fputs("sentx-bench: \(error)\n", stderr)
    exit(1)
}
