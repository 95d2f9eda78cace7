import CSwiftBert

/// Runs `body` as a piece of work that no fork of the process divides.
///
/// A lock that another thread holds while a process forks is never opened in the child. So everything that takes locks is inside,
/// in pieces that are short, because a fork waits for their end.
func undivided<Result>(_ body: () throws -> Result) rethrows -> Result {
    bert_fork_gate_enter()
    defer { bert_fork_gate_leave() }
    return try body()
}
