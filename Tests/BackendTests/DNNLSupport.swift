import BackendDNNL
import BackendReference
import BertCore
import Foundation
import TestSupport
import Testing

/// Returns a registry with only oneDNN and the reference backend, and its own environment variables.
func registryWithOneDNN(_ variables: [String: String] = [:]) throws -> BackendRegistry {
    // The file that the tests are configured to use replaces the default search.
    var variables = variables
    if let file = ProcessInfo.processInfo.environment["BERT_ONEDNN_LIBRARY"] {
        variables["BERT_ONEDNN_LIBRARY"] = variables["BERT_ONEDNN_LIBRARY"] ?? file
    }
    let registry = BackendRegistry(environment: BertEnvironment(variables)) { _ in }
    try registry.register(ReferenceBackend.descriptor)
    try registry.register(DNNLBackend.descriptor)
    return registry
}

/// oneDNN with two threads, opened once for all tests.
private let opened = Result { try registryWithOneDNN(["BERT_NUM_THREADS": "2"]).status(of: "onednn") }

/// Calls `body` with oneDNN. If the library isn't installed, checks that the reason says so.
func withOneDNN(_ body: (any ComputeBackend) throws -> Void) throws {
    switch try opened.get() {
    case .available(let backend): try body(backend)
    case .unavailable(let reason):
        RequiredBackends.check("onednn", reason)
        #expect(reason.code == .libraryNotFound, "oneDNN is there but can't be used: \(reason)")
        #expect(!reason.tried.isEmpty)
    }
}

/// Returns numbers whose sum is exact in any order: small multiples of a quarter.
func exactNumbers(_ count: Int, seed: Int) -> [Float] {
    (0..<count).map { Float(($0 &* 7_919 &+ seed &* 104_729) % 17 - 8) / 4 }
}

/// Returns numbers between −1 and 1 without short cycles.
func spreadNumbers(_ count: Int, seed: Int) -> [Float] {
    var state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    return (0..<count).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Float(Int64(state >> 40)) / Float(1 << 23) - 1
    }
}
