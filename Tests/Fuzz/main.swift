import CFuzz

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `Fuzz TARGET FILES…` runs a target on each of the files. `Fuzz` without arguments lists the targets. When it is
/// built by `make fuzz` with libFuzzer, the arguments after the target are libFuzzer's.
let arguments = CommandLine.arguments
guard arguments.count > 1 else {
    for target in FuzzTarget.allCases { print(target.rawValue) }
    exit(0)
}
guard let target = FuzzTarget(rawValue: arguments[1]) else { fatalError("no target is called \(arguments[1])") }
Fuzzing.target = target

#if FUZZING
    var words = ([arguments[0]] + arguments.dropFirst(2)).map { strdup($0) } + [nil]
    var count = Int32(words.count - 1)
    let status = words.withUnsafeMutableBufferPointer { buffer in
        var start = buffer.baseAddress
        return LLVMFuzzerRunDriver(&count, &start) { bytes, count in
            Fuzzing.target.take(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }
    exit(status)
#else
    for path in arguments.dropFirst(2) { Fuzzing.replay(path) }
#endif
