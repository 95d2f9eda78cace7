public import BertCore

/// ALBERT with a sequence classifier after every layer.
public typealias AlbertExitClassifier = ExitClassifier<AlbertModel>

/// The placeholder for ``AlbertExitClassifier`` while its backend is unavailable.
public typealias DummyAlbertExitClassifier = Dummy<AlbertExitClassifier>
