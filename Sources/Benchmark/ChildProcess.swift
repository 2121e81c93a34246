import Glibc

/// A program that runs beside this one and is talked to line by line.
package final class ChildProcess {
    private let name: String
    private var pid = pid_t()
    private var input: UnsafeMutablePointer<FILE>?
    private var output: UnsafeMutablePointer<FILE>?

    /// - Parameters:
    ///   - command: the program, by path or to be found on `PATH`, and its arguments.
    ///   - environment: added to this program's.
    /// - Throws: ``BenchmarkError`` if it cannot be started.
    package init(_ command: [String], environment: [String: String] = [:]) throws {
        name = command.first ?? ""
        var toChild: [Int32] = [0, 0], fromChild: [Int32] = [0, 0]
        guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else {
            throw BenchmarkError("no pipe for \(name): \(String(cString: strerror(errno)))")
        }
        // Not to be inherited by processes started later, which would keep this one from seeing the end of its input.
        for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
        let variables = Self.inherited(but: environment) + environment.map { "\($0.key)=\($0.value)" }
        let arguments = command.map { strdup($0) } + [nil]
        let settings = variables.map { strdup($0) } + [nil]
        defer { for text in arguments + settings { free(text) } }
        let status = posix_spawnp(&pid, name, &actions, nil, arguments, settings)
        close(toChild[0])
        close(fromChild[1])
        input = fdopen(toChild[1], "w")
        output = fdopen(fromChild[0], "r")
        guard status == 0 else {
            closeStreams()
            throw BenchmarkError("\(name) could not be started: \(String(cString: strerror(status)))")
        }
    }

    private static func inherited(but changed: [String: String]) -> [String] {
        var variables: [String] = []
        var entry = environ
        while let text = entry.pointee {
            let variable = String(cString: text)
            if !changed.keys.contains(where: { variable.hasPrefix($0 + "=") }) { variables.append(variable) }
            entry += 1
        }
        return variables
    }

    package func send(_ line: String) throws {
        guard let input, fputs(line + "\n", input) >= 0, fflush(input) == 0 else {
            throw BenchmarkError("\(name) does not read its input any more")
        }
    }

    /// The next line that it prints, without the end of line.
    /// - Throws: ``BenchmarkError`` if it ended instead.
    package func readLine() throws -> String {
        var buffer: UnsafeMutablePointer<CChar>?, capacity = 0
        defer { free(buffer) }
        guard let output, getline(&buffer, &capacity, output) > 0, let buffer else {
            throw BenchmarkError("\(name) ended before it answered; what it printed above says why")
        }
        let line = String(cString: buffer)
        return line.hasSuffix("\n") ? String(line.dropLast()) : line
    }

    /// Ends its input and waits for it.
    /// - Returns: the peak of its resident memory in MiB.
    @discardableResult
    package func finish() -> Double {
        closeStreams()
        guard pid > 0 else { return 0 }
        var status: Int32 = 0, usage = rusage()
        while wait4(pid, &status, 0, &usage) < 0 && errno == EINTR {}
        pid = 0
        return Double(usage.ru_maxrss) / 1024
    }

    private func closeStreams() {
        if let input { fclose(input) }
        if let output { fclose(output) }
        (input, output) = (nil, nil)
    }

    deinit { finish() }
}
