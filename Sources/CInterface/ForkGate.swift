import CSwiftBert

/// Runs `body` as a critical section during which the process can't fork.
///
/// A lock that is held by another thread during a fork is never released in the child. So all code that takes locks
/// must run in such sections, which should be short, because a fork waits for them.
func undivided<Result>(_ body: () throws -> Result) rethrows -> Result {
    bert_fork_gate_enter()
    defer { bert_fork_gate_leave() }
    return try body()
}
