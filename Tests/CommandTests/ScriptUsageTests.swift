import Foundation
import Testing

/// Scripts whose first comment says how they are run, as the templates' do.
@Suite struct ScriptUsageTests {
    private static let templates: [String] = {
        let scripts = repositoryRoot.appendingPathComponent("scripts").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: scripts)) ?? []).filter { $0.hasSuffix(".lua") }.map { scripts + "/" + $0 }.sorted()
    }()

    /// None of these may load or train anything.
    @Test(arguments: templates) func templatesExplainThemselvesAndRefuseWhatTheyDoNotKnow(path: String) throws {
        let environment = ["SENTX_LOG_DIR": "/dev/null/no", "HF_HUB_CACHE": "/dev/null/no"]
        for help in ["--help", "-h"] {
            let result = try runCommand("sentx-run", [path, help], environment: environment)
            #expect(result.code == 0 && result.error == "")
            #expect(result.output.contains("  sentx-run scripts/"))
        }
        for argument in ["--no-such-option", "--eval-onyl", "nonsense"] {
            let result = try runCommand("sentx-run", [path, argument], environment: environment)
            #expect(result.code != 0 && result.code < 128 && result.output == "")
            #expect(result.error.contains("\(argument.drop { $0 == "-" })"), "\(result.error)")
        }
    }

    @Test func aCopyIsHeldToItsCommentAsWell() throws {
        let script = """
            #!/usr/bin/env sentx-run
            --[==[ Does a thing.

              sentx-run thing.lua FILE      does it
              sentx-run thing.lua --fast [--depth N] FILE ]==]
            print(...)
            """
        try withScript(script) { path in
            let help = try runCommand("sentx-run", [path, "--help"])
            #expect(help.output.hasPrefix("Does a thing.\n"))
            for (arguments, output) in [(["data.txt"], "data.txt\n"), (["--depth=3", "x"], "--depth=3\tx\n"), (["--depth", "-3"], "--depth\t-3\n")] {
                let result = try runCommand("sentx-run", [path] + arguments)
                #expect(result.output == output)
            }
            let refused = try runCommand("sentx-run", [path, "--fats"])
            #expect(refused.code == 64 && refused.output == "")
            #expect(refused.error == "sentx-run: \(path) takes no '--fats'. Nothing was started; it is run like this:\n"
                + "  sentx-run thing.lua FILE      does it\n  sentx-run thing.lua --fast [--depth N] FILE\n")
        }
    }

    @Test(arguments: ["print(...)", "-- sentx-run x.lua\nprint(...)", "--[[ sentx-run x.lua, --help is explained below ]] print(...)", "--[[ no call ]] print(...)"])
    func otherScriptsGetTheirArguments(script: String) throws {
        try withScript(script) { path in
            let result = try runCommand("sentx-run", [path, "--help", "-x"])
            #expect(result.output == "--help\t-x\n")
        }
    }

    @Test(arguments: [
        ("quickstart.sh", ["--help"], 0), ("quickstart.sh", ["--no-such"], 64), ("quickstart.sh", ["nonsense"], 64),
        ("quickstart.sh", ["scripts/train_sparse_encoder.lua", "--no-such"], 64), ("quickstart.sh", ["no_such.lua"], 64),
        ("test.sh", ["--help"], 0), ("test.sh", ["--no-such"], 64), ("test.sh", ["--filter"], 64), ("test.sh", ["nonsense"], 64),
    ]) func shellScriptsExplainThemselvesAndRefuseWhatTheyDoNotKnow(name: String, arguments: [String], code: Int) throws {
        // Without a path to any program, a script that starts its work fails in another way.
        let line = "cd '\(repositoryRoot.path)'; PATH=/usr/bin:/bin; swift() { echo started; exit 99; }; exec bash scripts/\(name) "
            + arguments.joined(separator: " ")
        let result = try runShell(line)
        #expect(result.code == code)
        #expect((code == 0 ? result.output : result.error).contains("scripts/\(name)") || result.error.contains("template"))
        #expect(!(result.output + result.error).contains("==>"))
    }
}
