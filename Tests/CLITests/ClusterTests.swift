import Foundation
import TestSupport
import Testing

/// Tests Examples/Kubernetes and Examples/Slurm, with a shell loop instead of a cluster.
@Suite struct ClusterTests {
    private let folder: TemporaryFolder
    private let shards = 3

    init() throws {
        folder = try TemporaryFolder()
        for name in ["in", "bin"] {
            try FileManager.default.createDirectory(atPath: folder.path + "/" + name, withIntermediateDirectories: true)
        }
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/bin/bert", withDestinationPath: BertProgram.path)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/model", withDestinationPath: Fixtures.path("pipelines/sentence-bert"))
        for shard in 0..<shards {
            let lines = (0..<40).map { "{\"id\":\"\(shard)-\($0)\",\"text\":\"a film of \($0 % 7) films\"}\n" }
            _ = try folder.write(Array(lines.joined().utf8), to: "in/part-\(shard).jsonl")
        }
    }

    /// Runs all shards, each with the given number of attempts.
    private func run(_ script: String, _ variable: String, attempts: Int = 1) throws -> BertProgram.Run {
        try BertProgram.run(
            "-c",
            """
            export PATH="$DATA/bin:$PATH"
            for attempt in $(seq \(attempts)); do
                for index in $(seq 0 \(shards - 1)); do \(variable)=$index "$0" || exit $?; done
            done
            """, Fixtures.packageFolder + "/Examples/" + script, program: "/bin/bash",
            environment: ["DATA": folder.path, "BERT_QUIET": "1"])
    }

    private func output(_ shard: Int) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: folder.path + "/out/part-\(shard).jsonl"))
    }

    @Test(arguments: [
        ("Kubernetes/shard.sh", "JOB_COMPLETION_INDEX"), ("Slurm/embed.sbatch", "SLURM_ARRAY_TASK_ID"),
    ])
    func `Every shard is done, once, and goes on to the same bytes after an interruption`(
        script: String, variable: String
    ) throws {
        let first = try run(script, variable)
        #expect(first.code == 0, "\(first.errors)")
        let whole = try (0..<shards).map(output)
        for (shard, bytes) in whole.enumerated() {
            #expect(bytes.split(separator: 0x0a).count == 40)
            #expect(String(decoding: bytes.prefix(60), as: UTF8.self).contains("\"\(shard)-0\""))
        }
        // A killed pod leaves half a line and its record, and another node has different file dates.
        try FileManager.default.removeItem(atPath: folder.path + "/out/part-1.jsonl")
        let killed = try BertProgram.run(
            "-c", "ulimit -c 0; ulimit -f 8; \(variable)=1 PATH=\"$DATA/bin:$PATH\" \"$0\"",
            Fixtures.packageFolder + "/Examples/" + script, program: "/bin/bash",
            environment: ["DATA": folder.path, "BERT_QUIET": "1"])
        #expect(killed.code != 0)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/out/part-1.jsonl.bert-job"))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1)], ofItemAtPath: folder.path + "/in/part-1.jsonl")
        let again = try run(script, variable, attempts: 2)
        #expect(again.code == 0, "\(again.errors)")
        #expect(try (0..<shards).map(output) == whole)
    }

    @Test func `A model of another fingerprint ends a Kubernetes job`() throws {
        let fingerprint = try BertProgram.run(
            "inspect", "--fingerprint", "--backend", "simd", folder.path + "/model"
        ).output
        _ = try folder.write(Array(fingerprint.utf8), to: "fingerprint.txt")
        #expect(try run("Kubernetes/shard.sh", "JOB_COMPLETION_INDEX").code == 0)
        _ = try folder.write(Array(fingerprint.utf8.reversed()), to: "fingerprint.txt")
        #expect(try run("Kubernetes/shard.sh", "JOB_COMPLETION_INDEX").code == 64)
        let job = try String(
            contentsOfFile: Fixtures.packageFolder + "/Examples/Kubernetes/job.yaml", encoding: .utf8)
        #expect(job.contains("backoffLimitPerIndex") && job.contains("values: [64]") && job.contains("[130, 143]"))
    }
}
