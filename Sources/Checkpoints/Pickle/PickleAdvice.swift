/// How to turn a pickle that isn't a state dictionary into one, in Python.
///
/// Each script was run on a file of its kind, and `LegacyTorchTests` pins the wording.
enum PickleAdvice {
    /// For a whole module saved with `torch.save(model, path)`.
    static func module(file: String) -> String {
        """
        is a pickled object, not a file of weights. If you trust it, replace it with its weights in Python: \
        import torch; m = torch.load("\(path(file))", map_location="cpu", weights_only=False); \
        torch.save(m.state_dict(), "\(path(file))")
        """
    }

    /// For a training checkpoint with the weights in one of its members.
    static func stateDictionary(member: String, file: String) -> String {
        """
        is a training checkpoint that holds the weights in its member "\(member)". If you trust it, replace it with \
        them in Python: import torch; c = torch.load("\(path(file))", map_location="cpu", weights_only=False); \
        torch.save(c["\(member)"], "\(path(file))")
        """
    }

    /// The file without the archive's entry that a pickle is named by.
    private static func path(_ file: String) -> String {
        file.firstRange(of: ".bin, ").map { String(file[..<$0.lowerBound]) + ".bin" } ?? file
    }
}
