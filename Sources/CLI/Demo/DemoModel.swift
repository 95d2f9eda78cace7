import Bert
import CBertDemoModel

/// The small sentiment classifier that is part of this program: a DeeBERT with six off-ramps, trained on SST-2.
enum DemoModel {
    /// Its files, where they are in the program.
    static var files: ModelFiles {
        var files: [String: HostBuffer] = [:]
        var position = 0
        while let file = bert_demo_model_file_at(position) {
            let bytes = UnsafeRawBufferPointer(start: file.pointee.bytes, count: file.pointee.size)
            // Constants of the program: they are never written and never go away.
            files[String(cString: file.pointee.name)] = HostBuffer(unsafe: bytes, owner: nil)
            position += 1
        }
        return ModelFiles(name: "the demo model", files: files)
    }

    /// The built-in sentences, some easy and some hard.
    static let sentences = [
        "The acting is wonderful and the story is moving.",
        "I expected little and got less.",
        "Ten minutes that feel like two hours.",
        "Great actors are given nothing to do.",
        "Slow, quiet and very nearly perfect.",
        "Not a masterpiece, but I would watch it again tomorrow.",
    ]

    /// Below this entropy (nats) a sentence leaves: 80.4 % right on SST-2's development set after 2.7 layers on
    /// average, 80.6 % after all six.
    static let threshold: Float = 0.3
}
