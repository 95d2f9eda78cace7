import Testing

@Suite struct CompletionsTests {
    @Test(arguments: ["bash", "zsh", "fish"])
    func `A script knows every verb`(shell: String) throws {
        let run = try BertProgram.run("completions", shell)
        #expect(run.code == 0 && run.errors == "")
        for verb in ExampleTests.verbs { #expect(run.output.contains(verb), "\(verb)") }
        #expect(!run.output.contains("self-test"))
    }

    @Test(arguments: [(["bert", "cl"], "classify"), (["bert", "qa", "--max-answer"], "--max-answer-len")])
    func `Bash completes verbs and options by it`(words: [String], completion: String) throws {
        let script = try BertProgram.run("completions", "bash").output
        let line = words.joined(separator: " ")
        let run = try BertProgram.run(
            "-euc",
            """
            \(script)
            COMP_WORDS=(\(line)) COMP_CWORD=\(words.count - 1) COMP_LINE='\(line)' COMP_POINT=\(line.count)
            _bert bert '\(words[words.count - 1])' '\(words[words.count - 2])'
            printf '%s\\n' "${COMPREPLY[@]}"
            """, program: "/bin/bash")
        #expect(run.errors == "")
        #expect(run.output == completion + "\n")
    }

    @Test func `Another shell is a mistake in usage that lists those there are`() throws {
        let run = try BertProgram.run("completions", "csh")
        #expect(run.code == 64)
        #expect(run.errors.contains("bash") && run.errors.contains("zsh") && run.errors.contains("fish"))
    }
}
