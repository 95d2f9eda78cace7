import BertCore
import Foundation
import Testing

#if os(Linux)
    /// Tests the default number of threads, with systems simulated by folders.
    @Suite struct ProcessorsTests {
        /// Returns the processors of a system simulated by files.
        private func processors(_ files: [String: String], allowed: String = "0-7") throws -> Processors {
            let root = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
            defer { try? FileManager.default.removeItem(at: root) }
            let status = "Name:\tx\nCpus_allowed_list:\t\(allowed)\n"
            let all = files.merging(["/proc/self/status": status], uniquingKeysWith: { $1 })
            for (path, text) in all {
                let file = root.appendingPathComponent(path)
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                try text.write(to: file, atomically: false, encoding: .utf8)
            }
            return Processors(root: root.path)
        }

        @Test(arguments: [("0", 1), ("0-7", 8), ("0-1,4,6-7", 5), ("", nil)])
        func `Affinity and cpusets are followed`(allowed: String, cores: Int?) throws {
            let found = try processors([:], allowed: allowed)
            if let cores { #expect(found.physicalCores == cores && found.threads == cores) }
            #expect(found.physicalCores >= 1 && found.quota == nil)
        }

        @Test func `Hardware threads of one core count once`() throws {
            let siblings = (0..<8).map {
                ("/sys/devices/system/cpu/cpu\($0)/topology/thread_siblings_list", "\($0 % 4),\($0 % 4 + 4)\n")
            }
            #expect(try processors(Dictionary(siblings) { $1 }).threads == 4)
            #expect(try processors(Dictionary(siblings) { $1 }, allowed: "0,4").threads == 1)
        }

        @Test(arguments: [
            ("100000 100000", 1.0, 1), ("50000 100000", 0.5, 1), ("250000 100000", 2.5, 2), ("max 100000", nil, 8),
            ("1600000 100000", 16, 8), ("", nil, 8), ("nonsense", nil, 8), ("0 100000", nil, 8), ("100000 0", nil, 8),
        ])
        func `A quota of version 2 is followed`(text: String, quota: Double?, threads: Int) throws {
            let found = try processors(["/sys/fs/cgroup/cpu.max": text + "\n"])
            #expect(found.quota == quota)
            #expect(found.threads == threads)
        }

        @Test(arguments: ["cpu", "cpu,cpuacct"], [("100000", 1.0, 1), ("300000", 3, 3), ("-1", nil, 8)])
        func `A quota of version 1 is followed`(folder: String, _ limit: (text: String, quota: Double?, threads: Int))
            throws
        {
            let found = try processors([
                "/sys/fs/cgroup/\(folder)/cpu.cfs_quota_us": limit.text + "\n",
                "/sys/fs/cgroup/\(folder)/cpu.cfs_period_us": "100000\n",
            ])
            #expect(found.quota == limit.quota)
            #expect(found.threads == limit.threads)
        }

        @Test(arguments: ["/pod/box", "/pod", "/"])
        func `The least limit along the path counts`(least: String) throws {
            var files = [
                "/proc/self/cgroup": "0::/pod/box\n",
                "/proc/self/mountinfo": "30 1 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw\n",
                "/sys/fs/cgroup/cpu.max": "600000 100000\n", "/sys/fs/cgroup/pod/cpu.max": "500000 100000\n",
                "/sys/fs/cgroup/pod/box/cpu.max": "max 100000\n", "/sys/fs/cgroup/other/cpu.max": "10000 100000\n",
            ]
            files["/sys/fs/cgroup\(least == "/" ? "" : least)/cpu.max"] = "200000 100000\n"
            #expect(try processors(files).threads == 2)
        }

        @Test func `A container whose group's path is the host's is found by its mount`() throws {
            let found = try processors([
                "/proc/self/cgroup": "5:memory:/docker/1a\n4:cpuacct,cpu:/docker/1a/app\n0::/docker/1a\n",
                "/proc/self/mountinfo": """
                29 1 0:26 /docker/1a /groups/memory rw - cgroup cgroup rw,memory
                30 1 0:27 /docker/1a /groups/cpu rw - cgroup cgroup rw,cpu,cpuacct
                31 1 0:28 / /tmp rw - tmpfs tmpfs rw

                """,
                "/groups/cpu/cpu.cfs_quota_us": "400000\n", "/groups/cpu/cpu.cfs_period_us": "100000\n",
                "/groups/cpu/app/cpu.cfs_quota_us": "300000\n", "/groups/cpu/app/cpu.cfs_period_us": "100000\n",
            ])
            #expect(found.quota == 3)
        }

        @Test func `A variable is stronger than the quota`() throws {
            #expect(try BertEnvironment(["BERT_NUM_THREADS": "7"]).threadCount() == 7)
            #expect(try BertEnvironment([:]).threadCount() == Processors.current.threads)
        }
    }
#endif
