// Backends are linked into this program and nothing here names them: what is listed registered itself.
import BertCore

print(BackendRegistry.shared.names.joined(separator: "\n"))
