/// The package manager of the system that this process runs on.
package enum Distribution {
    case debian, fedora, homebrew, other

    package static let current: Distribution = {
        #if canImport(Darwin)
            return .homebrew
        #else
            return of(releaseFile: SystemFiles(root: "").lines(of: "/etc/os-release").joined(separator: "\n"))
        #endif
    }()

    /// Determines the distribution from `ID` and `ID_LIKE` in an os-release file.
    package static func of(releaseFile text: String) -> Distribution {
        var words: Set<Substring> = []
        for line in text.split(separator: "\n") where line.hasPrefix("ID=") || line.hasPrefix("ID_LIKE=") {
            words.formUnion(line.drop { $0 != "=" }.dropFirst().split { $0 == " " || $0 == "\"" })
        }
        if !words.isDisjoint(with: ["debian", "ubuntu"]) { return .debian }
        if !words.isDisjoint(with: ["fedora", "rhel", "centos", "amzn"]) { return .fedora }
        return .other
    }
}
