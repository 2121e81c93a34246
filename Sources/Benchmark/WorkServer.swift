import Glibc
import JSON
import Losses

/// sentx's side of the comparison: a process that opens one workload and does units of it when told to, a JSON line each.
///
/// The first line is a ``WorkDescription``. Then come `check` and `unit` with a batch, and `close`, which answers with the peak of
/// resident memory and with the measured peak of matrix products.
public enum WorkServer {
    public static func run() throws {
        guard let first = readLine() else { return }
        do {
            let description = try WorkDescription(json: .parse(first))
            let work = try description.work()
            answer([:])
            while let line = readLine() {
                let request = try JSONValue.parse(line)
                if request["do"]?.asString == "close" {
                    let memory = peakMebibytes()
                    answer(["peak_mebibytes": .number(memory), "peak_gigaflops": .number(MatrixPeak.gigaflops(description.precision))])
                    return
                }
                let batch = try LossBatch(json: request["batch"] ?? .null)
                if request["do"]?.asString == "check" {
                    answer(["check": .number(try description.precision.run { try work.check(batch) })])
                } else {
                    answer(["seconds": .number(try Stopwatch.seconds { try description.precision.run { try work.run(batch) } })])
                }
            }
        } catch {
            answer(["error": .string("\(error)")])
        }
    }

    private static func answer(_ object: JSONObject) {
        print(JSONValue.object(object).serialized())
        fflush(stdout)
    }

    private static func peakMebibytes() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_maxrss) / 1024
    }
}
