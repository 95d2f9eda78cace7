public import BertCore

/// DeBERTa v2 or v3 with a sequence classifier after every layer.
public typealias DebertaV2ExitClassifier = ExitClassifier<DebertaV2Model>

/// The placeholder for ``DebertaV2ExitClassifier`` while its backend is unavailable.
public typealias DummyDebertaV2ExitClassifier = Dummy<DebertaV2ExitClassifier>
