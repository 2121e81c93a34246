import Foundation
import Testing

@Suite struct PromptTests {
    @Test func pipedInputIsEvaluatedWithoutPromptOrEcho() throws {
        let result = try runCommand("sentx-repl", input: "1 + 1\nfor i = 1, 2 do\n  print(i)\nend\nlocal x = 'a'\nx\n{b = 2, a = 1}")
        #expect(result.output == "2\n1\n2\n\"a\"\n{a = 1, b = 2}\n")
        #expect(result.error == "" && result.code == 0)
    }

    @Test(arguments: [
        ("x = = 1\n2", "2\n", "stdin:1: unexpected symbol near '='\n"),
        ("error('no')\n2\n", "2\n", "stdin:1: no\n"),
        ("1\nfor i = 1, 2 do", "1\n", "stdin:2: 'end' expected (to close 'for' at line 1) near <eof>\n"),
    ]) func failedPipedInputGivesExitCodeOne(input: String, output: String, error: String) throws {
        let result = try runCommand("sentx-repl", input: input)
        #expect(result.code == 1 && result.output == output && result.error == error)
    }

    @Test func scriptsReadTheRestOfThePipe() throws {
        #expect(try runCommand("sentx-repl", input: "io.read()\nthis is data\n3\n").output == "\"this is data\"\n3\n")
    }

    @Test func argumentsAreExplainedOrRefused() throws {
        #expect(try runCommand("sentx-repl", ["--help"]).output.hasPrefix("usage: sentx-repl\n"))
        #expect(try runCommand("sentx-repl", ["file.lua"]).code == 64)
    }
}
