// Backends are linked into this program and nothing here names them: what is listed registered itself.
import BertCore

print(BackendRegistry.shared.names.joined(separator: "\n"))

// Unlike bert, this program does not show its BertCore to plugins.
for path in CommandLine.arguments.dropFirst() {
    do { try BackendRegistry.shared.loadPlugin(at: path) } catch { print(error) }
}
