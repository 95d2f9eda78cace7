#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A C library opened at run time. Stays open until the process ends: its threads may run.
public struct DynamicLibrary: @unchecked Sendable {
    // The handle is only ever passed to the loader, which is safe to call from any thread.
    private let handle: UnsafeMutableRawPointer
    /// The name it was opened by.
    public let name: String

    /// Opens the first of `names` that the loader finds, with symbols kept to itself (`RTLD_LOCAL`).
    ///
    /// - Throws: ``BackendUnavailableReason`` `libraryNotFound`, with the loader's words for each name.
    public static func open(_ what: String, names: [String]) throws -> DynamicLibrary {
        var attempts: [BackendUnavailableReason.Attempt] = []
        for name in names {
            if let handle = dlopen(name, RTLD_NOW | RTLD_LOCAL) { return DynamicLibrary(handle: handle, name: name) }
            let words = dlerror().map { String(cString: $0) } ?? "the loader gave no reason"
            attempts.append(.init(path: name, message: words))
        }
        throw BackendUnavailableReason.libraryNotFound(library: what, tried: attempts)
    }

    /// The address of a symbol, if the library has it.
    public func symbol(_ name: String) -> UnsafeMutableRawPointer? { dlsym(handle, name) }

    /// The address of a symbol.
    ///
    /// - Throws: ``BackendUnavailableReason`` `symbolMissing`.
    public func requiredSymbol(_ name: String) throws -> UnsafeMutableRawPointer {
        guard let address = symbol(name) else {
            throw BackendUnavailableReason.symbolMissing(library: self.name, symbols: [name])
        }
        return address
    }

    /// A function, by its type in C: `@convention(c) (Int32) -> Void`. Nothing checks that the library has it of this type.
    ///
    /// - Throws: ``BackendUnavailableReason`` `symbolMissing`.
    public func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
        precondition(MemoryLayout<Function>.size == MemoryLayout<UnsafeRawPointer>.size, "no function of C: \(type)")
        return unsafeBitCast(try requiredSymbol(name), to: type)
    }

    /// The file that holds an address of the library, as the loader resolved it.
    public static func path(containing address: UnsafeRawPointer) -> String? {
        // `dladdr` and its result are hidden behind a feature macro in Glibc's headers; its layout is fixed by the ABI.
        struct Information {
            var file: UnsafePointer<CChar>?
            var base: UnsafeRawPointer?
            var symbol: UnsafePointer<CChar>?
            var address: UnsafeRawPointer?
        }
        typealias Lookup = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> Int32
        guard let program = dlopen(nil, RTLD_NOW), let function = dlsym(program, "dladdr") else { return nil }
        var information = Information()
        let found = withUnsafeMutablePointer(to: &information) {
            unsafeBitCast(function, to: Lookup.self)(address, UnsafeMutableRawPointer($0))
        }
        guard found != 0, let file = information.file else { return nil }
        return String(cString: file)
    }
}
