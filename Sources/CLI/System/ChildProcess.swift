import BertCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A run of this program in a child process, so that crashes can be reported.
struct ChildProcess {
    /// The way the process ended.
    enum End: Equatable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
    }

    let end: End
    let output: [UInt8]
    let errors: [UInt8]

    /// Runs this program with the given arguments and waits for its end. Kills it after the timeout.
    ///
    /// - Throws: `BertError` if the process can't be started.
    static func run(_ arguments: [String], timeout: Duration) throws -> ChildProcess {
        guard let path = Program.path else {
            throw BertError(.libraryFailure, "the path of this program can't be determined")
        }
        let (output, errors) = (try Pipe(), try Pipe())
        let process = try spawn(path, arguments, output: output, errors: errors)
        output.closeWriting()
        errors.closeWriting()
        let deadline = ContinuousClock.now + timeout
        let inTime = read([output, errors], until: deadline)
        if !inTime { kill(process, SIGKILL) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        return ChildProcess(
            end: !inTime ? .timedOut : signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal),
            output: output.bytes, errors: errors.bytes)
    }

    private static func spawn(_ path: String, _ arguments: [String], output: Pipe, errors: Pipe) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, errors.writing, STDERR_FILENO)
        var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let result = posix_spawn(&process, path, &actions, nil, words, environ)
        guard result == 0 else {
            throw BertError(.libraryFailure, "\(path) can't be started: \(String(cString: strerror(result)))")
        }
        return process
    }

    /// Reads until all pipes are closed. Returns false if this doesn't happen in time.
    private static func read(_ pipes: [Pipe], until deadline: ContinuousClock.Instant) -> Bool {
        while true {
            var polls = pipes.filter(\.isOpen).map { pollfd(fd: $0.reading, events: Int16(POLLIN), revents: 0) }
            if polls.isEmpty { return true }
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return false }
            let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
            guard poll(&polls, nfds_t(polls.count), Int32(clamping: milliseconds + 1)) > 0 else { continue }
            for poll in polls where poll.revents != 0 {
                pipes.first { $0.isOpen && $0.reading == poll.fd }?.readSome()
            }
        }
    }
}

/// An output pipe of a child process.
private final class Pipe {
    let reading: Int32
    let writing: Int32
    private(set) var isOpen = true
    private var isWritable = true
    private(set) var bytes: [UInt8] = []

    init() throws {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            throw BertError(.libraryFailure, "can't create a pipe: \(systemMessage())")
        }
        (reading, writing) = (ends[0], ends[1])
        // Other child processes must not keep the ends open.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        closeWriting()
        if isOpen { close(reading) }
    }

    func closeWriting() {
        if isWritable { close(writing) }
        isWritable = false
    }

    func readSome() {
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        let count = read(reading, &buffer, buffer.count)
        if count < 0, errno == EINTR { return }
        guard count > 0 else {
            close(reading)
            isOpen = false
            return
        }
        bytes += buffer.prefix(count)
    }
}
