import Foundation
import Testing

/// Output that cannot be written, limits of the system, and files that change while they are in use.
@Suite struct OutputTests {
    @Test(arguments: [
        "sentx-run -e 'print(1)'", "sentx-run -e 'io.write(1)'", "sentx-run -e 'io.write(1) os.exit(true, true)'",
        "sentx-run -e 'io.stdout:setvbuf(\"full\") io.write((\"x\"):rep(1e5))'", "sentx-run --api-docs", "sentx-run --help",
        "sentx-run --version", "sentx-repl --help", "sentx-bench --help", "sentx-run -e 'help()'",
    ]) func aFullDiskIsNoSuccess(command: String) throws {
        let result = try runShell("exec \"$BIN\"/\(command) > /dev/full")
        #expect(result.code != 0)
        // What a buffer of the script's own held is gone before the reason can be asked for.
        let reason = command.contains("setvbuf") ? "some of it was lost" : "No space left on device"
        #expect(result.error.contains("cannot write to standard output: " + reason))
    }

    @Test func aFullDiskStopsThePromptsLines() throws {
        let result = try runShell("echo 'print(1)' | \"$BIN\"/sentx-repl > /dev/full")
        #expect(result.code != 0 && result.error.contains("No space left on device"))
    }

    @Test func printEndsTheScriptWhereItsTextIsLost() throws {
        let result = try runShell("exec \"$BIN\"/sentx-run -e 'print(1) io.stderr:write(\"went on\")' > /dev/full")
        #expect(result.code == 1)
        #expect(result.error.hasPrefix("(command line):1: cannot write to standard output: No space left on device\n"))
    }

    @Test func aClosedOutputIsAnErrorOnlyWhereSomethingIsWritten() throws {
        #expect(try runShell("exec \"$BIN\"/sentx-run -e 'x = 1' >&-").code == 0)
        #expect(try runShell("exec \"$BIN\"/sentx-run -e 'print(1)' >&-").code != 0)
    }

    @Test func theStatusOfAFailedScriptStays() throws {
        #expect(try runShell("exec \"$BIN\"/sentx-run -e 'io.write(1) error(2)' > /dev/full").code == 1)
        #expect(try runShell("exec \"$BIN\"/sentx-run -e 'io.write(1) os.exit(7)' > /dev/full").code == 7)
    }

    /// The signal of the limit would end the program without a word.
    @Test func aLimitOfFileSizesIsAnError() throws {
        let result = try runShell("""
            ulimit -f 8
            exec "$BIN"/sentx-run -e '
              local rows = {}
              for i = 1, 5000 do rows[i] = ("word "):rep(10) end
              require("sentx").Dataset.from_table({ text = rows }):to_json(arg[1] .. "/rows.jsonl")' "$TMP"
            """)
        #expect(result.code == 1)
        #expect(result.error.contains("/rows.jsonl: File too large\n"))
    }

    @Test(arguments: ["yes | head -100000 >/dev/null; \"$BIN\"/sentx-run -e 'while true do print(1) end'", "\"$BIN\"/sentx-run --api-docs"])
    func aClosedPipeEndsQuietly(command: String) throws {
        let result = try runShell("{ \(command); echo $? >&2; } | head -1")
        #expect(result.error == "141\n")
    }

    /// A file that another program shortens in place, as `cp` does, where the weights in use are.
    @Test func aFileThatBecomesShorterIsNamed() throws {
        let model = repositoryRoot.appendingPathComponent("Tests/EncodersTests/Fixtures/ranker").path
        let result = try runShell("""
            cp -r '\(model)' "$TMP/model"
            exec "$BIN"/sentx-run -e '
              local model = require("sentx").CrossEncoder(arg[1])
              io.open(arg[1] .. "/model.safetensors", "w"):close()
              print(pcall(model.predict, model, { { "a", "b" } }))' "$TMP/model"
            """)
        #expect(result.code == 74)
        #expect(result.error.hasPrefix("cannot read ") && result.error.contains("/model/model.safetensors: it has become shorter while it was in use"))
        #expect(result.error.split(separator: "\n").count == 1)
    }

    @Test func theHubCacheOfAUserWithoutHOMEIsInTheHomeFolder() throws {
        let result = try runShell("""
            cd "$TMP"; unset HOME XDG_CACHE_HOME HF_HOME HF_HUB_CACHE
            exec "$BIN"/sentx-run -e 'require("sentx").SentenceTransformer("nobody/has-this")'
            """)
        #expect(result.code == 1)
        let home = String(cString: getpwuid(getuid())!.pointee.pw_dir)
        #expect(result.error.contains(" \(home)/.cache/huggingface/hub/models--nobody--has-this"))
    }

    @Test func aHistoryThatIsAPipeDoesNotHoldThePrompt() throws {
        let result = try runShell("""
            mkdir -p "$TMP/sentx"; mkfifo "$TMP/sentx/history"
            command -v script >/dev/null || { echo 42; exit; }
            echo 'print(6*7)' | XDG_STATE_HOME="$TMP" TERM=dumb timeout 20 script -qec "$BIN/sentx-repl" /dev/null
            """)
        #expect(result.output.contains("42"))
    }
}
