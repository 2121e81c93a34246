import Fuzzing
import Glibc

do {
    exit(try FuzzCommand(Array(CommandLine.arguments.dropFirst())).run())
} catch let error as UsageError {
    fputs("sentx-fuzz: \(error)\n\(FuzzCommand.usage)\n", stderr)
    exit(64)
} catch {
    fputs("sentx-fuzz: \(error)\n", stderr)
    exit(98)
}
