// Re-exports the modules below. The built-in backends register themselves.
@_exported public import BertCheckpoints
@_exported public import BertCore
@_exported public import BertHub
@_exported public import BertModels
@_exported public import BertPipelines
@_exported public import BertTokenizers
