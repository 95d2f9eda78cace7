// `import Bert` is all a program needs: the modules below, and the built-in backends, which register themselves.
@_exported public import BertCheckpoints
@_exported public import BertCore
@_exported public import BertHub
@_exported public import BertModels
@_exported public import BertPipelines
@_exported public import BertTokenizers
