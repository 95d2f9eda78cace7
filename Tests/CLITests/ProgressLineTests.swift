import BertCLI
import Testing

/// Tests the progress line of a job with a simulated clock.
@Suite struct ProgressLineTests {
    /// A simulated clock, and the output.
    private final class Terminal {
        var now = ContinuousClock.now
        var text = ""

        func line(isShown: Bool = true) -> ProgressLine {
            ProgressLine(isShown: isShown, now: { self.now }, write: { self.text += $0 })
        }

        /// Returns the output since the last call.
        func written() -> String {
            defer { text = "" }
            return text
        }
    }

    @Test func `Nothing is drawn in the first second, then five times a second`() {
        let terminal = Terminal()
        var line = terminal.line()
        line.add(10, exitLayers: [])
        terminal.now += .milliseconds(999)
        line.show(done: 10, share: 0.1)
        #expect(terminal.written() == "")
        terminal.now += .milliseconds(1_001)
        line.show(done: 10, share: 0.1)
        #expect(terminal.written() == "\r\u{1b}[K10 done, 5/s, 10 %, 0:18 left")
        terminal.now += .milliseconds(150)
        line.show(done: 11, share: 0.11)
        #expect(terminal.written() == "")
        line.clear()
        #expect(terminal.written() == "\r\u{1b}[K")
        line.clear()
        #expect(terminal.written() == "")
    }

    @Test func `Results of an earlier run count as done, not as speed`() {
        let terminal = Terminal()
        var line = terminal.line()
        line.add(60, exitLayers: [3, 4])
        terminal.now += .seconds(60)
        line.show(done: 1_060, share: 0.25)
        #expect(terminal.written() == "\r\u{1b}[K1060 done, 1/s, 25 %, 3:00 left, mean exit layer 3.5")
    }

    @Test func `Input of unknown length has no time left, and a pipe shows nothing`() {
        let terminal = Terminal()
        var (shown, hidden) = (terminal.line(), terminal.line(isShown: false))
        terminal.now += .seconds(2)
        shown.add(4, exitLayers: [])
        shown.show(done: 4, share: nil)
        #expect(terminal.written() == "\r\u{1b}[K4 done, 2/s")
        hidden.add(4, exitLayers: [])
        hidden.show(done: 4, share: 0.5)
        hidden.clear()
        #expect(terminal.written() == "")
    }
}
