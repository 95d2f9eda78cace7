//! A safe Rust interface to libswift_bert.so.

use std::ffi::{c_char, c_void, CStr, CString};
use std::ptr;

extern "C" {
    fn swift_bert_embedder_open(
        folder: *const c_char,
        options: *const c_char,
        error: *mut *mut c_void,
    ) -> *mut c_void;
    fn swift_bert_embedder_close(embedder: *mut c_void);
    fn swift_bert_embedder_dimension(embedder: *const c_void) -> i64;
    fn swift_bert_embed(
        embedder: *mut c_void,
        count: i64,
        bytes: *const u8,
        offsets: *const i64,
        validity: *const u8,
        out: *mut f32,
        error: *mut *mut c_void,
    ) -> bool;
    fn swift_bert_error_message(error: *const c_void) -> *const c_char;
    fn swift_bert_error_free(error: *mut c_void);
}

/// An error message.
#[derive(Debug)]
pub struct Error(String);

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl Error {
    fn taken(error: *mut c_void) -> Error {
        // The string is valid until the error is freed.
        unsafe {
            let message = CStr::from_ptr(swift_bert_error_message(error)).to_string_lossy().into_owned();
            swift_bert_error_free(error);
            Error(message)
        }
    }
}

/// Computes sentence embeddings.
pub struct Embedder(*mut c_void);

// The library supports concurrent calls.
unsafe impl Send for Embedder {}
unsafe impl Sync for Embedder {}

impl Embedder {
    /// Loads a model folder; `options` is a JSON object.
    pub fn open(folder: &str, options: &str) -> Result<Embedder, Error> {
        let zero = |_| Error("a string has a zero byte".into());
        let (folder, options) = (CString::new(folder).map_err(zero)?, CString::new(options).map_err(zero)?);
        let mut error = ptr::null_mut();
        let embedder = unsafe { swift_bert_embedder_open(folder.as_ptr(), options.as_ptr(), &mut error) };
        if embedder.is_null() { Err(Error::taken(error)) } else { Ok(Embedder(embedder)) }
    }

    /// Returns the number of components of a vector.
    pub fn dimension(&self) -> usize {
        unsafe { swift_bert_embedder_dimension(self.0) as usize }
    }

    /// Returns a vector for each text.
    pub fn embed<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Vec<f32>>, Error> {
        let (mut bytes, mut offsets) = (Vec::new(), vec![0i64]);
        for text in texts {
            bytes.extend_from_slice(text.as_ref().as_bytes());
            offsets.push(bytes.len() as i64);
        }
        let mut vectors = vec![0f32; texts.len() * self.dimension()];
        let mut error = ptr::null_mut();
        let (count, out) = (texts.len() as i64, vectors.as_mut_ptr());
        let done = unsafe {
            swift_bert_embed(self.0, count, bytes.as_ptr(), offsets.as_ptr(), ptr::null(), out, &mut error)
        };
        if !done {
            return Err(Error::taken(error));
        }
        Ok(vectors.chunks(self.dimension()).map(<[f32]>::to_vec).collect())
    }
}

impl Drop for Embedder {
    fn drop(&mut self) {
        unsafe { swift_bert_embedder_close(self.0) }
    }
}
