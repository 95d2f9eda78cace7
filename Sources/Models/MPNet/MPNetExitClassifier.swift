public import BertCore

/// MPNet with a sequence classifier after every layer.
public typealias MPNetExitClassifier = ExitClassifier<MPNetModel>

/// The placeholder for ``MPNetExitClassifier`` while its backend is unavailable.
public typealias DummyMPNetExitClassifier = Dummy<MPNetExitClassifier>
