import BertCore
import Foundation
import TestSupport
import Testing

@Suite struct EnvironmentTests {
    static let flag = EnvironmentVariable.quiet

    @Test(arguments: [
        ("1", true), ("true", true), ("YES", true), (" on ", true), ("0", false), ("False", false), ("no", false),
        ("OFF", false),
    ])
    func `A yes-or-no variable takes eight words`(text: String, value: Bool) throws {
        #expect(try BertEnvironment(["BERT_QUIET": text]).bool(Self.flag, default: !value) == value)
    }

    @Test(arguments: ["2", "y", "ja", "true false", "-1"])
    func `Any other word is an error that says what is taken`(text: String) throws {
        expectError(
            .invalidSetting, key: "BERT_QUIET", value: .string(text),
            choices: ["1", "0", "true", "false", "yes", "no", "on", "off"]
        ) { try BertEnvironment(["BERT_QUIET": text]).bool(Self.flag) }
    }

    @Test(arguments: ["", "  ", "\t\n"])
    func `An empty variable is unset`(text: String) throws {
        let environment = BertEnvironment(["BERT_QUIET": text, "BERT_NUM_THREADS": text])
        #expect(environment[.quiet] == nil)
        #expect(environment.all.isEmpty)
        #expect(try environment.bool(Self.flag, default: true))
        #expect(try environment.threadCount() >= 1)
    }

    @Test(arguments: [("1", 1), (" 7 ", 7), ("1024", 1024)])
    func `The number of threads is taken as it is`(text: String, count: Int) throws {
        #expect(try BertEnvironment(["BERT_NUM_THREADS": text]).threadCount() == count)
    }

    @Test(arguments: ["0", "-3", "many", "1025", "2.5", "0x4", "99999999999999999999"])
    func `A number of threads that can't be is an error that says what is taken`(text: String) throws {
        expectError(.invalidSetting, key: "BERT_NUM_THREADS", value: .string(text), limit: 1024) {
            try BertEnvironment(["BERT_NUM_THREADS": text]).threadCount()
        }
    }

    @Test func `Only BERT variables are read, sorted by name`() {
        let environment = BertEnvironment(["BERT_QUIET": " 1 ", "PATH": "x", "BERT_BACKEND": "a", "XBERT_Y": "z"])
        #expect(environment.all.map(\.name) == ["BERT_BACKEND", "BERT_QUIET"])
        #expect(environment.all.map(\.value) == ["a", "1"])
    }

    @Test func `A list is split at commas`() {
        #expect(BertEnvironment(["BERT_DISABLE_BACKENDS": "A, b ,,"]).list(.disabledBackends) == ["a", "b"])
        #expect(BertEnvironment([:]).list(.disabledBackends) == [])
    }

    @Test(arguments: [
        ("BERT_BACKND", "did you mean BERT_BACKEND?"),
        (
            "BERT_THREADS_NUM",
            "the known variables are \(EnvironmentVariable.core.map(\.name).sorted().joined(separator: ", "))"
        ),
        ("BERT_NUM_THREAD", "did you mean BERT_NUM_THREADS?"),
        ("BERT_quiet", "did you mean BERT_QUIET?"),
    ])
    func `A misspelt variable is told with a guess`(name: String, hint: String) {
        let environment = BertEnvironment([name: "x", "BERT_QUIET": "1"])
        #expect(
            environment.misspellings(known: EnvironmentVariable.core) == [
                "the environment variable \(name) is unknown; \(hint)"
            ])
    }

    @Test func `Every variable of Core is described`() {
        for variable in EnvironmentVariable.core {
            #expect(variable.name.hasPrefix("BERT_"))
            #expect(!variable.summary.isEmpty && !variable.values.isEmpty && !variable.defaultValue.isEmpty)
        }
    }
}

@Suite struct SpellingTests {
    @Test(arguments: [
        ("opnblas", "openblas"), ("OPENBLAS", "openblas"), ("onedn", "onednn"), ("refrence", "reference"),
        ("oneddn", "onednn"), ("noednn", "onednn"),
    ])
    func `The nearest name is found`(word: String, meant: String) {
        #expect(Spelling.nearest(to: word, among: ["onednn", "openblas", "reference"]) == meant)
    }

    @Test(arguments: ["", "metal", "cuda", "blasopen", String(repeating: "x", count: 100)])
    func `What is like nothing gets no guess`(word: String) {
        #expect(Spelling.nearest(to: word, among: ["onednn", "openblas", "reference"]) == nil)
    }

    @Test func `Among equally near names the first in order is taken, whatever order they come in`() {
        #expect(Spelling.nearest(to: "bat", among: ["cat", "bad"]) == "bad")
        #expect(Spelling.nearest(to: "bat", among: ["bad", "cat"]) == "bad")
        #expect(Spelling.nearest(to: "bat", among: []) == nil)
    }
}

@Suite struct DistributionTests {
    @Test(arguments: [
        ("ID=debian\n", Distribution.debian), ("NAME=x\nID=ubuntu\nID_LIKE=debian\n", .debian),
        ("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n", .debian), ("ID=\"rhel\"\nID_LIKE=\"fedora\"", .fedora),
        ("ID=amzn\nID_LIKE=\"centos rhel fedora\"", .fedora), ("ID=arch\n", .other), ("", .other),
        ("PRETTY_NAME=\"debian\"\nBUG_REPORT_URL=debian", .other),
    ])
    func `The system's family is read from its release file`(text: String, family: Distribution) {
        #expect(Distribution.of(releaseFile: text) == family)
    }

    #if os(Linux)
        @Test func `This system's family is that of its release file`() throws {
            let text = try String(contentsOfFile: "/etc/os-release", encoding: .utf8)
            #expect(Distribution.current == Distribution.of(releaseFile: text))
        }
    #endif
}
