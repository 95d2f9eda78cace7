import ArgumentParser
import Bert
import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The program. Results are written to standard output, and everything else to standard error. The exit code is 0 for
/// success, 1 for failure, and 64 for incorrect usage.
@main
enum Main {
    static func main() {
        // If the reader of the output closes it, the program ends without a message. A job reports its progress
        // instead.
        signal(SIGPIPE, SIG_DFL)
        // A write over the file size limit fails with an error instead of ending the program.
        signal(SIGXFSZ, SIG_IGN)
        let format: ErrorFormat
        do { format = try ErrorFormat(.process) } catch {
            ErrorFormat.text.write(error)
            exit(ExitCode.failure.rawValue)
        }
        if BertEnvironment.process[.trace] != nil {
            Interruption.beforeEnding {
                do { try BackendRegistry.shared.finishTrace() } catch { format.write(error) }
            }
        }
        do {
            var command = try BertCommand.parseAsRoot()
            // A trace is also written for a run that fails.
            let result = Result { try command.run() }
            let trace = Result { try BackendRegistry.shared.finishTrace() }
            try result.get()
            try trace.get()
        } catch {
            exit(report(error, format))
        }
    }

    /// Reports an error, or prints the requested help. Returns the exit code.
    private static func report(_ error: any Error, _ format: ErrorFormat) -> Int32 {
        let code = BertCommand.exitCode(for: error)
        switch code {
        case .success:
            // Help and version are results.
            do { try Output.write(BertCommand.fullMessage(for: error) + "\n") } catch {
                format.write(error)
                return ExitCode.failure.rawValue
            }
        case .validationFailure:
            let message = BertCommand.fullMessage(for: error)
            let prefix = "Error: "
            let isMissing = message.hasPrefix("\(prefix)Missing expected argument")
            let unknown = UnknownWord(Array(CommandLine.arguments.dropFirst()))
            var reason = message.hasPrefix(prefix) ? message.dropFirst(prefix.count) : message[...]
            if let better = unknown?.commandMessage ?? (isMissing ? unknown?.optionMessage : nil) {
                reason = better + (reason.firstRange(of: "\nUsage: ").map { reason[$0.lowerBound...] } ?? "")
            }
            format.write(BertError(.usage, String(reason)))
        default:
            // A bare exit code has already been explained.
            if !(error is ExitCode) { format.write(error, fix: fix(for: error)) }
        }
        return code.rawValue
    }

    /// Returns the fix for a damaged file of the hub's cache, which can be downloaded again.
    private static func fix(for error: any Error) -> String? {
        guard let error = error as? BertError, error.code == .malformedFile else { return nil }
        return HubCache.modelID(at: "\(error)").map { "bert download \($0) --verify downloads damaged files again" }
    }
}
