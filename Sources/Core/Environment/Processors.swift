#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The processors available to this process: the cores that it is bound to and the processor time of its container.
package struct Processors: Sendable {
    /// The number of physical cores that the process is bound to, by affinity or cpuset; at least 1.
    package let physicalCores: Int
    /// The lowest processor time limit of the process's control groups, in processors; nil if unlimited.
    package let quota: Double?

    /// The processors available to this process.
    package static let current = Processors()

    /// The default number of threads: one per physical core, but not more than the quota.
    package var threads: Int {
        guard let quota, quota < Double(physicalCores) else { return physicalCores }
        return max(1, Int(quota))
    }

    /// Reads the processors from the system.
    ///
    /// - Parameter root: A folder that replaces `/`, for tests.
    package init(root: String = "") {
        #if canImport(Darwin)
            var count: Int32 = 0
            var size = MemoryLayout<Int32>.size
            physicalCores = sysctlbyname("hw.physicalcpu", &count, &size, nil, 0) == 0 ? max(1, Int(count)) : 1
            quota = nil
        #else
            let system = SystemFiles(root: root)
            // Hardware threads of the same core list the same siblings.
            let cores = Self.allowed(system).map { processor in
                let file = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
                return system.lines(of: file).first ?? "\(processor)"
            }
            physicalCores = max(1, Set(cores).count)
            quota = ControlGroups(system).quota
        #endif
    }

    #if !canImport(Darwin)
        /// Returns the processors in `Cpus_allowed_list` of `/proc/self/status`, for example `0-3,8`.
        private static func allowed(_ system: SystemFiles) -> [Int] {
            let online = Array(0..<max(1, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
            let key = "Cpus_allowed_list:"
            guard let line = system.lines(of: "/proc/self/status").first(where: { $0.hasPrefix(key) }) else {
                return online
            }
            let numbers = line.dropFirst(key.count).split(separator: ",").flatMap { part -> [Int] in
                let bounds = part.split(separator: "-").compactMap { Int(String($0).trimmed) }
                guard let low = bounds.first, let high = bounds.last, low >= 0, low <= high, high < 65_536 else {
                    return []
                }
                return Array(low...high)
            }
            return numbers.isEmpty ? online : numbers
        }
    #endif
}
