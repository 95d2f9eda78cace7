// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import CSwiftBert

/// What all handles of the process share.
enum Library {
    /// Stands for errors that are none.
    static let noError = CallError(BertError(.invalidArgument, ""))
    static let version = VersionHandle()

    final class VersionHandle: Handle, @unchecked Sendable {}

    /// The linked backends, with as many threads as the caller's environment says. Notices, such as the choice of `auto`, are
    /// not for the standard error of somebody else's program; warnings are.
    static let registry: BackendRegistry = {
        let registry = BackendRegistry(environment: BertEnvironment(variables())) { event in
            if event.level == .warning { BackendRegistry.shared.tell(event) }
        }
        for descriptor in BackendRegistry.shared.descriptors { try? registry.register(descriptor) }
        return registry
    }()

    /// The process's variables. Engines tell their workers how many threads to use by `OMP_NUM_THREADS`, so it counts where
    /// `BERT_NUM_THREADS` is not set; as in OpenMP, a list has a number for each level of nesting.
    static func variables(_ process: [String: String] = ProcessVariables.all()) -> [String: String] {
        var variables = process
        if (variables["BERT_NUM_THREADS"] ?? "").trimmed.isEmpty, let value = variables["OMP_NUM_THREADS"],
            let first = value.split(separator: ",").first, let count = Int(String(first).trimmed), count >= 1
        {
            variables["BERT_NUM_THREADS"] = String(min(count, 1_024))
        }
        return variables
    }
}

@c @implementation
public func swift_bert_abi_version() -> Int32 { SWIFT_BERT_ABI_VERSION }

@c @implementation
public func swift_bert_version() -> UnsafePointer<CChar>? {
    undivided { Library.version.string("version") { PackageVersion.current } }
}

@c @implementation
public func swift_bert_string_free(_ string: UnsafeMutablePointer<CChar>?) { string?.deallocate() }
