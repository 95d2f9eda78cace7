import Bert

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// `Forks FOLDER BACKEND`: computes, forks four times, and compares the results of each child with the parent's. Swift
/// doesn't provide `fork` to programs, but others, such as Python's servers, fork nevertheless.
guard CommandLine.arguments.count == 3 else { fatalError("Forks FOLDER BACKEND") }
let embedder = try SentenceEmbedder(
    folder: CommandLine.arguments[1], backend: .named(CommandLine.arguments[2]), pooling: .mean)
let texts = (1...24).map { String(repeating: "they watched the film . ", count: $0 % 5 + 1) }
let expected: [[Float]] = try embedder.embed(texts)

guard let symbol = dlsym(nil, "fork") else { fatalError("no fork") }
let forkProcess = unsafeBitCast(symbol, to: (@convention(c) () -> pid_t).self)

var failures = 0
for _ in 0..<4 {
    let child = forkProcess()
    if child == 0 {
        // Kills a child that hangs, which counts as a failure.
        alarm(60)
        let again: [[Float]]? = try? embedder.embed(texts)
        _exit(again == expected ? 0 : 1)
    }
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0, errno == EINTR {}
    if status != 0 { failures += 1 }
}
// The parent continues as before.
let after: [[Float]] = try embedder.embed(texts)
print("\(failures) of 4 children failed; the parent \(after == expected ? "goes on" : "computes something else")")
exit(failures == 0 && after == expected ? 0 : 1)
