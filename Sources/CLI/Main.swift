import ArgumentParser
import Bert

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
        // A write over the file size limit is an error that says so, not the end of the program.
        signal(SIGXFSZ, SIG_IGN)
        if BertEnvironment.process[.trace] != nil {
            Interruption.beforeEnding {
                do { try BackendRegistry.shared.finishTrace() } catch { complain("\(error)") }
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
            exit(report(error))
        }
    }

    /// Reports an error, or prints the requested help. Returns the exit code.
    private static func report(_ error: any Error) -> Int32 {
        let code = BertCommand.exitCode(for: error)
        switch code {
        case .success:
            // Help and version are results.
            do { try Output.write(BertCommand.fullMessage(for: error) + "\n") } catch {
                complain("\(error)")
                return ExitCode.failure.rawValue
            }
        case .validationFailure:
            let message = BertCommand.fullMessage(for: error)
            let prefix = "Error: "
            let isMissing = message.hasPrefix("\(prefix)Missing expected argument")
            let unknown = isMissing ? UnknownOption.message(Array(CommandLine.arguments.dropFirst())) : nil
            complain(unknown ?? (message.hasPrefix(prefix) ? String(message.dropFirst(prefix.count)) : message))
        default:
            // A bare exit code has already been explained.
            if !(error is ExitCode) { complain("\(error)") }
            // A file of the hub's cache can be downloaded again.
            if let error = error as? BertError, error.code == .malformedFile,
                let id = HubCache.modelID(at: "\(error)")
            {
                tell("fix: bert download \(id) --verify downloads damaged files again")
            }
        }
        return code.rawValue
    }

    private static func complain(_ message: String) { tell("error: \(message)") }
}
