#if !canImport(Darwin)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Text files of the system, read line by line.
    struct SystemFiles {
        /// The folder that stands in for `/`.
        let root: String

        /// The trimmed lines of a file; none if it can't be read.
        func lines(of path: String) -> [String] {
            guard let file = fopen(root + path, "r") else { return [] }
            defer { fclose(file) }
            var lines: [String] = []
            var buffer = [CChar](repeating: 0, count: 1 << 14)
            while fgets(&buffer, Int32(buffer.count), file) != nil {
                let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
                lines.append(String(decoding: bytes, as: UTF8.self).trimmed)
            }
            return lines
        }
    }

    /// The control groups of this process, of both versions: see cgroups(7).
    struct ControlGroups {
        private let system: SystemFiles

        init(_ system: SystemFiles) { self.system = system }

        /// The least limit on processor time, in processors, among the groups from the process's own up to the mount.
        var quota: Double? {
            let groups = memberships
            return mounts.flatMap { mount in
                // A group outside the mount, as seen from a container, leaves the mount itself.
                ([""] + groups.compactMap { $0.path(below: mount.group) }).flatMap { Self.ancestors(of: $0) }
                    .compactMap { limit(in: mount.folder + $0) }
            }.min()
        }

        /// A group, as `/proc/self/cgroup` or the fourth field of `/proc/self/mountinfo` names it.
        private struct Group: Hashable {
            let name: String

            /// `/a/b` for `/x/a/b` below `/x`; nil if it isn't below.
            func path(below other: Group) -> String? {
                let prefix = other.name == "/" ? "" : other.name
                guard name == prefix || name.hasPrefix(prefix + "/") else { return nil }
                return name == "/" ? "" : String(name.dropFirst(prefix.count))
            }
        }

        /// The groups of the process that may limit its processor time: of version 2, and of version 1's controller `cpu`.
        private var memberships: [Group] {
            system.lines(of: "/proc/self/cgroup").compactMap { line in
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, fields[1].isEmpty || fields[1].split(separator: ",").contains("cpu") else {
                    return nil
                }
                return Group(name: String(fields[2]))
            }
        }

        /// Where groups are mounted: as `mountinfo` says, and in the usual places.
        private var mounts: [(group: Group, folder: String)] {
            let usual = [
                "/sys/fs/cgroup", "/sys/fs/cgroup/cpu", "/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/unified",
            ]
            return usual.map { (Group(name: "/"), $0) }
                + system.lines(of: "/proc/self/mountinfo").compactMap { line in
                    let words = line.split(separator: " ").map(String.init)
                    guard let dash = words.firstIndex(of: "-"), dash >= 5, dash + 1 < words.count,
                        ["cgroup", "cgroup2"].contains(words[dash + 1])
                    else { return nil }
                    return (Group(name: words[3]), words[4])
                }
        }

        /// `/a/b`, `/a` and the empty path.
        private static func ancestors(of path: String) -> [String] {
            var (paths, rest) = ([path], path[...])
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                paths.append(String(rest))
            }
            return paths
        }

        /// The limit of one group: `cpu.max` of version 2, `cpu.cfs_quota_us` and `cpu.cfs_period_us` of version 1.
        private func limit(in folder: String) -> Double? {
            let words = system.lines(of: folder + "/cpu.max").first?.split(separator: " ").map(String.init) ?? []
            let quota = words.first ?? system.lines(of: folder + "/cpu.cfs_quota_us").first
            let period = words.dropFirst().first ?? system.lines(of: folder + "/cpu.cfs_period_us").first
            // Without a limit the quota is "max" or -1.
            guard let quota = quota.flatMap(Double.init), let period = period.flatMap(Double.init), quota > 0,
                period > 0
            else { return nil }
            return quota / period
        }
    }
#endif
