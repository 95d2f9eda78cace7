// Backends are linked to this program, but not referenced. The listed backends have registered themselves.
import BertCore

print(BackendRegistry.shared.names.joined(separator: "\n"))

// Unlike bert, this program doesn't export its BertCore to plugins.
for path in CommandLine.arguments.dropFirst() {
    do { try BackendRegistry.shared.loadPlugin(at: path) } catch { print(error) }
}
