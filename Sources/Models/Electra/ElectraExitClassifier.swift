public import BertCore

/// ELECTRA with a sequence classifier after every layer.
public typealias ElectraExitClassifier = ExitClassifier<ElectraModel>

/// The placeholder for ``ElectraExitClassifier`` while its backend is unavailable.
public typealias DummyElectraExitClassifier = Dummy<ElectraExitClassifier>
