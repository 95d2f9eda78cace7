public import BertCore

/// JinaBERT with a sequence classifier after every layer.
public typealias JinaBertExitClassifier = ExitClassifier<JinaBertModel>

/// The placeholder for ``JinaBertExitClassifier`` while its backend is unavailable.
public typealias DummyJinaBertExitClassifier = Dummy<JinaBertExitClassifier>
