// swift-format-ignore-file: AlwaysUseLowerCamelCase
// The names of the C interface.

import Bert
import BertCore
import CSwiftBert

/// The state shared by all handles.
enum Library {
    /// A placeholder for invalid errors.
    static let noError = CallError(BertError(.invalidArgument, ""))
    static let version = VersionHandle()

    final class VersionHandle: Handle, @unchecked Sendable {}

    /// The linked backends, with the number of threads from the caller's environment. Warnings are written to standard
    /// error; notices, such as the choice of `auto`, aren't.
    static let registry: BackendRegistry = {
        let registry = BackendRegistry(environment: BertEnvironment(variables())) { event in
            if event.level == .warning { BackendRegistry.shared.tell(event) }
        }
        for descriptor in BackendRegistry.shared.descriptors { try? registry.register(descriptor) }
        return registry
    }()

    /// Returns the environment variables of the process. Without `BERT_NUM_THREADS`, `OMP_NUM_THREADS` is used, because
    /// engines set it for their workers. As in OpenMP, it may be a list with one number per nesting level.
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
