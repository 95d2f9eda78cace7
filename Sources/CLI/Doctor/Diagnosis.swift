import BertCore
import BertJSON

/// The results of `bert doctor`.
struct Diagnosis {
    let registry: BackendRegistry
    let examinations: [Examination]
    let variables: [String: String]
    let cores: Int
    let quota: Double?
    private(set) var threads: Int?
    private(set) var selection: (selection: BackendSelection, source: BackendSelection.Source)?
    private(set) var chosen: BackendReport?
    /// Requests of the environment that can't be met.
    private(set) var problems: [String] = []

    /// Creates a diagnosis. Doesn't open any backend in this process.
    init(_ registry: BackendRegistry) {
        self.registry = registry
        variables = ProcessVariables.all()
        cores = Processors.current.physicalCores
        quota = Processors.current.quota
        examinations = registry.descriptors.map { Examination($0) }
        problems += registry.refusals.map { "\($0)" }
        do { threads = try registry.environment.threadCount() } catch { problems.append("\(error)") }
        do { try registry.validateVariables() } catch { problems.append("\(error)") }
        do { _ = try registry.environment.bool(.quiet) } catch { problems.append("\(error)") }
        do {
            let resolved = try registry.resolve()
            selection = resolved
            chosen = examinations.filter(\.isSound).map(\.report).chosen(by: resolved.selection)
            if chosen == nil { problems.append(missing(resolved.selection, resolved.source)) }
        } catch {
            problems.append("\(error)")
        }
    }

    private func missing(_ selection: BackendSelection, _ source: BackendSelection.Source) -> String {
        let names = selection.isAuto ? registry.names : selection.names
        let reasons = names.map { name -> String in
            let found = examinations.first { $0.report.name == name || $0.report.aliases.contains(name) }
            guard let found else {
                let reason = BackendUnavailableReason.notRegistered(name: name, known: registry.names)
                return "\(name): \(reason.message)"
            }
            return "\(name): " + (found.report.failure?.reason ?? found.failures?.first ?? "its self-test failed")
        }
        return "\(selection) (\(source.words)) is not available: " + reasons.joined(separator: "; ")
    }

    /// Conditions that are known to cause failures or to be slow.
    var hazards: [String] {
        let sound = examinations.filter(\.isSound)
        let libraries = sound.map { ($0.report.name, $0.libraries) }
        return registry.warnings
            + Hazards(
                threads: threads ?? cores, cores: cores, quota: quota, variables: variables,
                libraries: Dictionary(libraries) { first, _ in first },
                threaded: Set(sound.filter(\.hasThreadsOfItsOwn).map(\.report.name))
            ).sentences
    }

    /// Environment variables of the underlying libraries that are set.
    var nativeVariables: [(name: String, value: String)] {
        let prefixes = ["OMP_", "GOMP_", "KMP_", "OPENBLAS_", "DNNL_", "ONEDNN_", "MKL_"]
        return variables.filter { variable in prefixes.contains { variable.key.hasPrefix($0) } }
            .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
