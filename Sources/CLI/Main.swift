import ArgumentParser
import Bert

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Results go to standard output, everything else to standard error; 0 is done, 1 failed, 64 a mistake in usage.
@main
enum Main {
    static func main() {
        // Whoever reads our output may stop reading: then the program ends, without a word.
        // A job says how far it got.
        signal(SIGPIPE, SIG_DFL)
        if BertEnvironment.process[.trace] != nil {
            Interruption.beforeEnding {
                do { try BackendRegistry.shared.finishTrace() } catch { complain("\(error)") }
            }
        }
        do {
            var command = try BertCommand.parseAsRoot()
            // Also of a run that fails: what had run until then is what one wants to know.
            let result = Result { try command.run() }
            let trace = Result { try BackendRegistry.shared.finishTrace() }
            try result.get()
            try trace.get()
        } catch {
            exit(report(error))
        }
    }

    /// Tells an error, or prints the help that was asked for; gives the exit code.
    private static func report(_ error: any Error) -> Int32 {
        let code = BertCommand.exitCode(for: error)
        switch code {
        case .success:
            // Help, or a version: a result like any other.
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
            // A bare exit code was already explained.
            if !(error is ExitCode) { complain("\(error)") }
            // A file of the hub's cache is easily had again.
            if let error = error as? BertError, error.code == .malformedFile,
                let id = HubCache.modelID(at: "\(error)")
            {
                tell("fix: bert download \(id) --verify brings again what is damaged in the cache")
            }
        }
        return code.rawValue
    }

    private static func complain(_ message: String) { tell("error: \(message)") }
}
