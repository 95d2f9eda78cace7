/// The roles of special tokens, in the order in which `transformers` adds them.
enum TokenRole: String, CaseIterable, Sendable {
    case bos = "bos_token"
    case eos = "eos_token"
    case unknown = "unk_token"
    case separator = "sep_token"
    case padding = "pad_token"
    case classification = "cls_token"
    case mask = "mask_token"
}
