#if !canImport(Darwin)
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Line-based access to system files.
    struct SystemFiles {
        /// The folder that replaces `/`.
        let root: String

        /// Returns the trimmed lines of a file, or none if it can't be read.
        func lines(of path: String) -> [String] {
            guard let file = unsafe fopen(root + path, "r") else { return [] }
            defer { unsafe fclose(file) }
            var lines: [String] = []
            var buffer = [CChar](repeating: 0, count: 1 << 14)
            while unsafe fgets(&buffer, Int32(buffer.count), file) != nil {
                let bytes = buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
                lines.append(String(decoding: bytes, as: UTF8.self).trimmed)
            }
            return lines
        }
    }

    /// The control groups of this process, versions 1 and 2; see cgroups(7).
    struct ControlGroups {
        private let system: SystemFiles

        init(_ system: SystemFiles) { self.system = system }

        /// The lowest processor time limit, in processors, of the process's own group and its ancestors up to the
        /// mount.
        var quota: Double? {
            let groups = memberships
            return mounts.flatMap { mount in
                // A group outside the mount, as seen in some containers, contributes only the mount itself.
                ([""] + groups.compactMap { $0.path(below: mount.group) }).flatMap { Self.ancestors(of: $0) }
                    .compactMap { limit(in: mount.folder + $0) }
            }.min()
        }

        /// A group as named in `/proc/self/cgroup` or in the fourth field of `/proc/self/mountinfo`.
        private struct Group: Hashable {
            let name: String

            /// Returns the path relative to another group, such as `/a/b` for `/x/a/b` below `/x`; nil if it isn't
            /// below.
            func path(below other: Group) -> String? {
                let prefix = other.name == "/" ? "" : other.name
                guard name == prefix || name.hasPrefix(prefix + "/") else { return nil }
                return name == "/" ? "" : String(name.dropFirst(prefix.count))
            }
        }

        /// The groups that may limit the processor time: those of version 2 and of the version 1 controller `cpu`.
        private var memberships: [Group] {
            system.lines(of: "/proc/self/cgroup").compactMap { line in
                let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
                guard fields.count == 3, fields[1].isEmpty || fields[1].split(separator: ",").contains("cpu") else {
                    return nil
                }
                return Group(name: String(fields[2]))
            }
        }

        /// The mount points of groups: those in `mountinfo` and the usual ones.
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

        /// Returns a path and all of its ancestors, such as `/a/b`, `/a` and the empty path.
        private static func ancestors(of path: String) -> [String] {
            var (paths, rest) = ([path], path[...])
            while let slash = rest.lastIndex(of: "/") {
                rest = rest[..<slash]
                paths.append(String(rest))
            }
            return paths
        }

        /// Returns the limit of one group: `cpu.max` of version 2, or `cpu.cfs_quota_us` and `cpu.cfs_period_us` of
        /// version 1.
        private func limit(in folder: String) -> Double? {
            let words = system.lines(of: folder + "/cpu.max").first?.split(separator: " ").map(String.init) ?? []
            let quota = words.first ?? system.lines(of: folder + "/cpu.cfs_quota_us").first
            let period = words.dropFirst().first ?? system.lines(of: folder + "/cpu.cfs_period_us").first
            // Without a limit, the quota is "max" or -1.
            guard let quota = quota.flatMap(Double.init), let period = period.flatMap(Double.init), quota > 0,
                period > 0
            else { return nil }
            return quota / period
        }
    }
#endif
