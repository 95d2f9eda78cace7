import Bert

let embedder = try SentenceEmbedder(folder: CommandLine.arguments.dropFirst().first ?? ".models/all-MiniLM-L6-v2")
let vectors = try embedder.embed(["A man is eating food.", "A man is eating a piece of bread."])
let similarity = zip(vectors[0], vectors[1]).map(*).reduce(0, +)
print("\(vectors.count) vectors of \(embedder.dimension) components, \(similarity) alike")
