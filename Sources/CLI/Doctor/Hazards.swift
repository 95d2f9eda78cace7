/// The conditions of a machine that are known to cause failures or to be slow.
package struct Hazards {
    /// The number of threads that an operation uses.
    package var threads: Int
    /// The number of physical cores available to the process.
    package var cores: Int
    /// The CPU quota of a container in processors, or nil without a limit.
    package var quota: Double?
    /// The environment variables.
    package var variables: [String: String]
    /// The libraries that each working backend loads.
    package var libraries: [String: [String]]
    /// The backends whose library runs its own threads.
    package var threaded: Set<String>

    /// Creates the conditions of a machine.
    package init(
        threads: Int, cores: Int, quota: Double?, variables: [String: String], libraries: [String: [String]],
        threaded: Set<String>
    ) {
        self.threads = threads
        self.cores = cores
        self.quota = quota
        self.variables = variables
        self.libraries = libraries
        self.threaded = threaded
    }

    /// A description of each hazard, in one or two sentences.
    package var sentences: [String] { threadSentences + runtimeSentences + variableSentences }

    private var threadSentences: [String] {
        if let quota, Double(threads) > quota.rounded(.up) {
            return [
                """
                an operation uses \(threads) threads, but the container has a quota of \(quota) processors, so threads wait \
                for each other; set BERT_NUM_THREADS=\(max(1, Int(quota.rounded(.down))))
                """
            ]
        }
        guard threads > cores else { return [] }
        return [
            "an operation uses \(threads) threads on \(cores) physical cores, which is slower than BERT_NUM_THREADS=\(cores)"
        ]
    }

    private var runtimeSentences: [String] {
        var sentences: [String] = []
        let threaded = libraries.filter { self.threaded.contains($0.key) }
        let runtimes = threaded.mapValues { paths in Set(paths.compactMap(Self.openMPRuntime)) }
        let all = runtimes.values.reduce(into: Set<String>()) { $0.formUnion($1) }
        if all.count > 1 {
            sentences.append(
                """
                several OpenMP runtimes are loaded (\(all.sorted().joined(separator: ", "))): each has its own \
                threads; use one backend per process
                """)
        }
        let spinning = runtimes.filter { !$0.value.isEmpty }.keys.sorted()
        let others = threaded.filter { name, paths in
            runtimes[name]?.isEmpty == true && paths.contains { $0.contains("libopenblas") }
        }.keys.sorted()
        if !spinning.isEmpty, !others.isEmpty, variables["OMP_WAIT_POLICY"]?.lowercased() != "passive" {
            sentences.append(
                """
                threads of \(spinning.joined(separator: ", ")) (OpenMP) spin between calls and slow down \
                \(others.joined(separator: ", ")) (separate threads) in the same process; use one of them, or set \
                OMP_WAIT_POLICY=passive
                """)
        }
        return sentences
    }

    private var variableSentences: [String] {
        var sentences: [String] = []
        for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"] {
            guard let value = variables[name], value != "\(threads)" else { continue }
            sentences.append(
                "\(name)=\(value) is set; the backends use \(threads) threads, set by BERT_NUM_THREADS")
        }
        for name in ["OPENBLAS_CORETYPE", "DNNL_MAX_CPU_ISA", "ONEDNN_MAX_CPU_ISA"] {
            guard let value = variables[name] else { continue }
            sentences.append("\(name)=\(value) is set, so the library may not use all instructions of the processor")
        }
        return sentences
    }

    private static func openMPRuntime(_ path: String) -> String? {
        let file = path.split(separator: "/").last ?? ""
        return ["libgomp", "libiomp", "libomp"].first { file.hasPrefix($0) }
    }
}
