extension BertConfig {
    /// The most tokens of a sequence that there are positions for.
    package var maximumTokens: Int {
        modelType.isRoberta ? maxPositionEmbeddings - (padTokenId ?? 0) - 1 : maxPositionEmbeddings
    }
}
