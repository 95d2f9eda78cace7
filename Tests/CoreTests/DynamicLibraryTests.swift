import BertCore
import TestSupport
import Testing

@Suite struct DynamicLibraryTests {
    @Test func `Every name that was tried is told with the loader's words`() throws {
        let reason = try #require(throws: BackendUnavailableReason.self) {
            try DynamicLibrary.open("libnothing", names: ["libnothing.so.2", Fixtures.path("ops/cases.json")])
        }
        #expect(reason.code == .libraryNotFound)
        #expect(reason.message == "libnothing was not found")
        #expect(reason.tried.map(\.path) == ["libnothing.so.2", Fixtures.path("ops/cases.json")])
        #expect(reason.tried.allSatisfy { !$0.message.isEmpty })
    }

    #if os(Linux)
        @Test func `A library that is there has its symbols, its path, and no others`() throws {
            let library = try DynamicLibrary.open("libm", names: ["libnothing.so", "libm.so.6"])
            #expect(library.name == "libm.so.6")
            let address = try library.requiredSymbol("cosf")
            #expect(DynamicLibrary.path(containing: address)?.hasSuffix("libm.so.6") == true)
            let reason = try #require(throws: BackendUnavailableReason.self) {
                try library.requiredSymbol("no_such_function")
            }
            #expect(
                reason.message
                    == "libm.so.6 lacks no_such_function: it is a different library or version")
        }
    #endif
}
