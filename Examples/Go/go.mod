module embed

go 1.21
