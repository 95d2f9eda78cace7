public import BertCore

/// GTE with a sequence classifier after every layer.
public typealias GteExitClassifier = ExitClassifier<GteModel>

/// The placeholder for ``GteExitClassifier`` while its backend is unavailable.
public typealias DummyGteExitClassifier = Dummy<GteExitClassifier>
