public import BertCore

/// CamemBERT with a sequence classifier after every layer.
public typealias CamembertExitClassifier = ExitClassifier<CamembertModel>

/// The placeholder for ``CamembertExitClassifier`` while its backend is unavailable.
public typealias DummyCamembertExitClassifier = Dummy<CamembertExitClassifier>
