import Foundation
import Testing

@Suite struct RunTests {
    @Test(arguments: [
        ("print(1 + 1)", 0, "2\n"), ("os.exit(7)", 7, ""), ("os.exit(true)", 0, ""), ("os.exit(false)", 1, ""),
        ("return 5", 0, ""), ("print(require('sentx').version ~= nil, type(help))", 0, "true\tfunction\n"),
        ("io.write('no newline')", 0, "no newline"),
    ]) func codeRuns(code: String, exitCode: Int, output: String) throws {
        let result = try runCommand("sentx-run", ["-e", code])
        #expect(result.code == exitCode && result.output == output && result.error == "")
    }

    @Test func argumentsArriveInArgAndDots() throws {
        try withScript("print(arg[0] == ..., #arg, arg[1], select('#', ...), select(2, ...))") { path in
            let output = try runCommand("sentx-run", [path, path, "-x", "--help"]).output
            #expect(output == "true\t3\t\(path)\t3\t-x\t--help\n")
        }
        #expect(try runCommand("sentx-run", ["-", "a"], input: "print(arg[0], ...)").output == "-\ta\n")
        #expect(try runCommand("sentx-run", ["-e", "print(arg[0], ...)", "a"]).output == "-e\ta\n")
    }

    @Test func uncaughtErrorPrintsMessageAndTracebackOnly() throws {
        try withScript("#!/usr/bin/env sentx-run\nlocal function f()\n  error('boom')\nend\nf()\n") { path in
            let result = try runCommand("sentx-run", [path])
            #expect(result.code == 1 && result.output == "")
            let lines = result.error.split(separator: "\n")
            #expect(lines.first == "\(path):3: boom")
            #expect(lines.dropFirst().first == "stack traceback:")
            #expect(result.error.contains("\(path):5: in main chunk"))
            #expect(lines.dropFirst(2).allSatisfy { $0.hasPrefix("\t") })
        }
    }

    @Test(arguments: [
        (["-e", "x = = 1"], 65, "(command line):1: unexpected symbol near '='\n"),
        (["/no/such/file.lua"], 66, "sentx-run: cannot read /no/such/file.lua: No such file or directory\n"),
        (["/"], 66, "sentx-run: cannot read /: Is a directory\n"),
        (["--nonsense"], 64, "sentx-run: unknown option '--nonsense'\n"), ([], 64, "sentx-run: no script given\n"),
        (["-e"], 64, "sentx-run: -e needs the code to run\n"),
        (["-e", "error()"], 1, "error without a message: error() was given nil\n"), (["-e", "error({})"], 1, "error object: {}\n"),
        (["-e", "error({code = 3})"], 1, "error object: {code = 3}\n"),
        (["-e", "require('sentx').tensro()"], 1, "(command line):1: sentx has no member 'tensro'"),
        (["-e", "require 'nothing_of_this_name'"], 1, "(command line):1: module 'nothing_of_this_name' not found:\n"),
    ]) func mistakesHaveTheirExitCode(arguments: [String], code: Int, error: String) throws {
        let result = try runCommand("sentx-run", arguments)
        #expect(result.code == code)
        #expect(result.error.hasPrefix(error))
        #expect(result.output == "")
    }

    @Test func helpNamesTheExitCodes() throws {
        let result = try runCommand("sentx-run", ["--help"])
        #expect(result.code == 0 && result.error == "")
        #expect(result.output.contains("   65  the script is not valid Lua\n"))
        #expect(try runCommand("sentx-run", ["--version"]).output.hasPrefix("sentx-run "))
        #expect(try runCommand("sentx-run", ["--api-docs"]).output.contains("\n## sentx\n"))
    }

    /// If this fails: sentx-run --api-docs > references/api.md
    @Test func theReferenceOfAllFunctionsIsThatOfTheProgram() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let kept = try String(contentsOf: root.appendingPathComponent("references/api.md"), encoding: .utf8)
        #expect(try runCommand("sentx-run", ["--api-docs"]).output == kept)
    }

    @Test func interruptEndsAScript() throws {
        let result = try runCommand("sentx-run", ["-e", "print('ready') while true do end"], interruptsWhenReady: true)
        #expect(result.code == 130)
        #expect(result.error.hasPrefix("(command line):1: interrupted!\n"))
    }

    @Test(arguments: [
        "while true do pcall(function() print('ready') while true do end end) end",
        "while true do pcall(coroutine.wrap(function() print('ready') while true do pcall(error) end end)) end",
    ]) func interruptEndsAScriptThatCatchesErrors(code: String) throws {
        let result = try runCommand("sentx-run", ["-e", code], interruptsWhenReady: true)
        #expect(result.code == 130 && result.output == "ready\n")
        #expect(result.error.hasPrefix("(command line):1: interrupted!\n"))
    }

    @Test func secondInterruptEndsAtOnce() throws {
        // The collector's calls cannot be interrupted by Lua.
        let code = "setmetatable({}, {__gc = function() while true do print('ready') for i = 1, 1e8 do end end end}) collectgarbage()"
        #expect(try runCommand("sentx-run", ["-e", code], interruptsWhenReady: true).code == 130)
    }

    @Test func closedPipeEndsQuietly() throws {
        let result = try runCommand("sentx-run", ["-e", """
            local pipe = io.popen('head -1', 'w')
            for i = 1, 1e7 do pipe:write(i, '\\n') end
            """])
        #expect(result.code == 128 + 13)
        #expect(result.error == "" && result.output == "1\n")
    }
}
