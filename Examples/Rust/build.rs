//! Finds libswift_bert.so in SWIFT_BERT_LIB or in the default paths of the linker.
fn main() {
    println!("cargo:rerun-if-env-changed=SWIFT_BERT_LIB");
    if let Ok(folder) = std::env::var("SWIFT_BERT_LIB") {
        println!("cargo:rustc-link-search=native={folder}");
        println!("cargo:rustc-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-link-lib=dylib=swift_bert");
}
