module swift-bert.example/embed

go 1.19
