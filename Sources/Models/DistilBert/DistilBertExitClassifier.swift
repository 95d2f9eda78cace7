public import BertCore

/// DistilBERT with a sequence classifier after every layer.
public typealias DistilBertExitClassifier = ExitClassifier<DistilBertModel>

/// The placeholder for ``DistilBertExitClassifier`` while its backend is unavailable.
public typealias DummyDistilBertExitClassifier = Dummy<DistilBertExitClassifier>
