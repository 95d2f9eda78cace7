/// Instructions for converting a pickle to a state dictionary in Python.
///
/// Each script was tested on a file of its kind, and `LegacyTorchTests` checks the text.
enum PickleAdvice {
    /// Instructions for a module saved with `torch.save(model, path)`.
    static func module(file: String) -> String {
        """
        is a pickled object, not a weight file. If you trust it, extract its weights in Python: \
        import torch; m = torch.load("\(path(file))", map_location="cpu", weights_only=False); \
        m = m.state_dict() if hasattr(m, "state_dict") else m; \
        torch.save({k: v for k, v in m.items() if torch.is_tensor(v)}, "\(path(file))")
        """
    }

    /// Instructions for a training checkpoint that contains the weights in one of its members.
    static func stateDictionary(member: String, file: String) -> String {
        """
        is a training checkpoint with the weights in its member "\(member)". If you trust it, extract \
        them in Python: import torch; c = torch.load("\(path(file))", map_location="cpu", weights_only=False); \
        torch.save(c["\(member)"], "\(path(file))")
        """
    }

    /// Returns the path of a file without the name of the archive entry.
    private static func path(_ file: String) -> String {
        file.firstRange(of: ".bin, ").map { String(file[..<$0.lowerBound]) + ".bin" } ?? file
    }
}
