import Bert
import CBertDemoModel

/// The small sentiment classifier that is built into the program: a DeeBERT model with six off-ramps, fine-tuned on
/// SST-2.
enum DemoModel {
    /// The files of the model, in the program's memory.
    static var files: ModelFiles {
        var files: [String: HostBuffer] = [:]
        var position = 0
        while let file = bert_demo_model_file_at(position) {
            let bytes = UnsafeRawBufferPointer(start: file.pointee.bytes, count: file.pointee.size)
            // Constants of the program, which are never written or freed.
            files[String(cString: file.pointee.name)] = HostBuffer(unsafe: bytes, owner: nil)
            position += 1
        }
        return ModelFiles(name: "the demo model", files: files)
    }

    /// The built-in sentences. Some are easy to classify, and some are hard.
    static let sentences = [
        "The acting is wonderful and the story is moving.",
        "I expected little and got less.",
        "Ten minutes that feel like two hours.",
        "Great actors are given nothing to do.",
        "Slow, quiet and very nearly perfect.",
        "Not a masterpiece, but I would watch it again tomorrow.",
    ]

    /// The entropy in nats below which a sentence exits. The accuracy on SST-2's development set is 80.4 % after 2.7
    /// layers on average, and 80.6 % after all six layers.
    static let threshold: Float = 0.3
}
