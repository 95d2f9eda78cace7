extension ModelFamily {
    /// The families of this package, one line each.
    static let builtIn: [ModelFamily] = [
        .bert, .roberta, .xlmRoberta, .camembert, .albert, .distilBert, .electra, .mpnet, .nomicBert, .gte,
        .modernBert, .debertaV2, .jinaBert,
    ]
}
