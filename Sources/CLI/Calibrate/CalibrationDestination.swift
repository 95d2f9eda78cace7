import Bert
import BertCore
import BertJSON

/// The destination of an exit policy: a model's folder, or a copy of it.
struct CalibrationDestination {
    /// The result of writing a policy.
    struct Written {
        /// The path of config.json.
        let path: String
        /// The previous policy.
        let replaced: JSONObject
        /// The path of the figure in the model's folder, or nil if the figure was written elsewhere.
        let figure: String?
    }

    private let destination: ModelDestination

    /// Checks that the destination can be written, before anything is computed.
    ///
    /// - Throws: The errors of ``ModelDestination/init(model:out:)``.
    init(model: String, out: String?) throws { destination = try ModelDestination(model: model, out: out) }

    /// Writes the policy.
    ///
    /// - Parameter figure: The figure to write to the folder of config.json.
    func write(_ policy: ExitPolicy, figure: String?) throws -> Written {
        let (replaced, folder) = try destination.write { folder in
            let replaced = try policy.save(in: folder)
            try figure.map { try AtomicFile.replace("\(folder)/\(Self.figureName)", with: $0) }
            return replaced
        }
        return Written(
            path: "\(folder)/\(BertConfig.fileName)", replaced: replaced,
            figure: figure.map { _ in "\(folder)/\(Self.figureName)" })
    }

    private static let figureName = "calibration.svg"
}
