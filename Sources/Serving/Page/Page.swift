/// The page that browsers see.
enum Page {
    static var response: WireResponse {
        .text("<!doctype html><title>bert serve</title><p>bert serve", type: "text/html; charset=utf-8")
    }
}
