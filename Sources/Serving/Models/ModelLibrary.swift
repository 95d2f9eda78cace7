import BertCheckpoints
import BertCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The loaded models of a service by their files, so that a folder that is served under several names is loaded once.
///
/// Models are loaded one after another, so that the memory that each of them takes can be measured.
final class ModelLibrary: Sendable {
    private struct Key: Hashable {
        let files: [FileState]
        let backend: String
    }

    private struct Entry {
        weak var model: LoadedModel?
    }

    private let entries = Mutex<[Key: Entry]>([:])
    /// Locked while a model is loaded.
    private let loading = Mutex(())

    /// Returns the loaded model with the files of a source, or loads it. Blocks the calling thread.
    func model(
        _ source: ModelSource, backend: () throws -> any ComputeBackend,
        load: (ModelFiles, any ComputeBackend) throws -> LoadedModel
    ) throws -> LoadedModel {
        let files = try source.files()
        return try loading.withLock { _ in
            let backend = try backend()
            let key = source.folder.map { folder in
                Key(
                    files: FileState.all(in: folder),
                    backend: "\(backend.info.nameAndVersion) \(backend.info.precision.rawValue)")
            }
            if let key, let model = entries.withLock({ $0[key]?.model }) { return model }
            let model = try load(files, backend)
            entries.withLock { entries in
                entries = entries.filter { $0.value.model != nil }
                if let key { entries[key] = Entry(model: model) }
            }
            return model
        }
    }

    /// Has models loaded again, even if their files are the same.
    func forget() { entries.withLock { $0 = [:] } }
}

/// A file, which has been neither changed nor replaced as long as its state is the same.
private struct FileState: Hashable {
    let name: String
    let device: UInt64
    let inode: UInt64
    let size: Int64
    let seconds: Int
    let nanoseconds: Int

    /// Returns the states of the files in a folder, and in folders in it.
    static func all(in folder: String, prefix: String = "", depth: Int = 3) -> [FileState] {
        guard let files = try? ModelFiles(folder: folder) else { return [] }
        return files.names.flatMap { name -> [FileState] in
            let path = files.path(of: name)
            var info = stat()
            guard stat(path, &info) == 0 else { return [] }
            guard info.st_mode & S_IFMT != S_IFDIR else {
                return depth > 1 ? all(in: path, prefix: prefix + name + "/", depth: depth - 1) : []
            }
            #if canImport(Darwin)
                let time = info.st_mtimespec
            #else
                let time = info.st_mtim
            #endif
            return [
                FileState(
                    name: prefix + name, device: UInt64(bitPattern: Int64(info.st_dev)), inode: UInt64(info.st_ino),
                    size: Int64(info.st_size), seconds: Int(time.tv_sec), nanoseconds: Int(time.tv_nsec))
            ]
        }
    }
}
