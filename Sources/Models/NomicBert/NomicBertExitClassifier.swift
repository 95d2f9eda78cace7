public import BertCore

/// NomicBERT with a sequence classifier after every layer.
public typealias NomicBertExitClassifier = ExitClassifier<NomicBertModel>

/// The placeholder for ``NomicBertExitClassifier`` while its backend is unavailable.
public typealias DummyNomicBertExitClassifier = Dummy<NomicBertExitClassifier>
