//! Prints the embeddings of the texts on the command line: `cargo run -- all-MiniLM-L6-v2 "A man is eating food."`
use embed::Embedder;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, texts @ ..] = arguments.as_slice() else {
        return Err("usage: embed FOLDER TEXT...".into());
    };
    let embedder = Embedder::open(folder, r#"{"backend": "simd"}"#)?;
    for vector in embedder.embed(texts)? {
        println!("{}", vector.iter().map(f32::to_string).collect::<Vec<_>>().join(" "));
    }
    Ok(())
}
