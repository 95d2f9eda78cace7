public import BertCore

/// XLM-RoBERTa with a sequence classifier after every layer.
public typealias XLMRobertaExitClassifier = ExitClassifier<XLMRobertaModel>

/// The placeholder for ``XLMRobertaExitClassifier`` while its backend is unavailable.
public typealias DummyXLMRobertaExitClassifier = Dummy<XLMRobertaExitClassifier>
