import Bert

let passages = ["A man is eating food.", "A monkey plays the drums.", "A cheetah chases its prey."]
let query = CommandLine.arguments.dropFirst().first ?? "Who makes music?"

let embedder = try SentenceEmbedder(folder: ".models/all-MiniLM-L6-v2")
var search = SemanticSearch(for: embedder)
try search.add(embedder.embed(passages))
for hit in try search.search(embedder.embed([query]), topK: 2)[0] {
    print(hit.score, passages[hit.corpusID])
}
