import Glibc

// Times the program's main work and prints one JSON object per workload; scripts/bench/compare.sh sets them beside the reference.

let usage = """
    usage: sentx-bench --model FOLDER --data FILE.csv [--steps N] [--warmup N] [--texts N] [WORKLOAD ...]
           sentx-bench [--rows N] [--queries N] search

    Workloads (all but search if none is named): \(Workload.allCases.map(\.rawValue).joined(separator: ", "))
    FILE.csv has no header: text, text, score from 0 to 5. SENTX_NUM_THREADS sets the number of threads.
    """

do {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments.contains("--help") || arguments.isEmpty {
        print(usage)
        exit(0)
    }
    let settings = try BenchmarkSettings(arguments)
    for workload in settings.workloads { print(try workload.run(settings).serialized()) }
} catch {
    fputs("sentx-bench: \(error)\n", stderr)
    exit(1)
}
