extension ModelFamily {
    /// The families in this package.
    static let builtIn: [ModelFamily] = [
        .bert, .roberta, .xlmRoberta, .camembert, .albert, .distilBert, .electra, .mpnet, .nomicBert, .gte,
        .modernBert, .debertaV2, .jinaBert,
    ]
}
