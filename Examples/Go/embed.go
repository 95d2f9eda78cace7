// Prints the embeddings of the texts on the command line: go run . all-MiniLM-L6-v2 "A man is eating food."
package main

/*
#cgo pkg-config: swift-bert
#include <stdlib.h>
#include <swift_bert.h>
*/
import "C"

import (
	"errors"
	"fmt"
	"os"
	"unsafe"
)

// failure converts and frees an error of the library.
func failure(err *C.swift_bert_error) error {
	defer C.swift_bert_error_free(err)
	return errors.New(C.GoString(C.swift_bert_error_message(err)))
}

// embed returns a vector for each text.
func embed(folder string, texts []string) ([][]float32, error) {
	path, options := C.CString(folder), C.CString(`{"backend": "simd"}`)
	defer C.free(unsafe.Pointer(path))
	defer C.free(unsafe.Pointer(options))
	var err *C.swift_bert_error
	embedder := C.swift_bert_embedder_open(path, options, &err)
	if embedder == nil {
		return nil, failure(err)
	}
	defer C.swift_bert_embedder_close(embedder)

	bytes, offsets := []byte{}, []C.int64_t{0}
	for _, text := range texts {
		bytes = append(bytes, text...)
		offsets = append(offsets, C.int64_t(len(bytes)))
	}
	bytes = append(bytes, 0)
	dimension := int(C.swift_bert_embedder_dimension(embedder))
	all := make([]float32, len(texts)*dimension+1)
	done := C.swift_bert_embed(embedder, C.int64_t(len(texts)), (*C.char)(unsafe.Pointer(&bytes[0])), &offsets[0], nil,
		(*C.float)(unsafe.Pointer(&all[0])), &err)
	if !done {
		return nil, failure(err)
	}
	vectors := make([][]float32, len(texts))
	for i := range vectors {
		vectors[i] = all[i*dimension : (i+1)*dimension]
	}
	return vectors, nil
}

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: embed FOLDER TEXT...")
		os.Exit(64)
	}
	vectors, err := embed(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "embed:", err)
		os.Exit(1)
	}
	for _, vector := range vectors {
		fmt.Println(vector)
	}
}
