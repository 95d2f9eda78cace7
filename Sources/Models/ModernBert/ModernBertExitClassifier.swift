public import BertCore

/// ModernBERT with a sequence classifier after every layer.
public typealias ModernBertExitClassifier = ExitClassifier<ModernBertModel>

/// The placeholder for ``ModernBertExitClassifier`` while its backend is unavailable.
public typealias DummyModernBertExitClassifier = Dummy<ModernBertExitClassifier>
