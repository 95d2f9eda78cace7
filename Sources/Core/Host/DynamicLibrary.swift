#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A C library that is loaded at run time.
///
/// It is never unloaded, because its threads may be running.
@safe public struct DynamicLibrary: @unchecked Sendable {
    // The handle is only passed to the loader, which is thread-safe.
    private let handle: UnsafeMutableRawPointer
    /// The name that the library was loaded by.
    public let name: String

    /// Loads the first of `names` that the loader finds, with local symbols (`RTLD_LOCAL`).
    ///
    /// - Throws: ``BackendUnavailableReason`` `libraryNotFound` with the loader's message for each name.
    public static func open(_ what: String, names: [String]) throws -> DynamicLibrary {
        var attempts: [BackendUnavailableReason.Attempt] = []
        for name in names {
            if let handle = unsafe dlopen(name, RTLD_NOW | RTLD_LOCAL) {
                return unsafe DynamicLibrary(handle: handle, name: name)
            }
            attempts.append(.init(path: name, message: loaderMessage()))
        }
        throw BackendUnavailableReason.libraryNotFound(library: what, tried: attempts)
    }

    /// Returns the address of a symbol, or nil if the library doesn't define it.
    public func symbol(_ name: String) -> UnsafeMutableRawPointer? { unsafe dlsym(handle, name) }

    /// Returns the address of a symbol.
    ///
    /// - Throws: ``BackendUnavailableReason`` `symbolMissing`.
    public func requiredSymbol(_ name: String) throws -> UnsafeMutableRawPointer {
        guard let address = unsafe symbol(name) else {
            throw BackendUnavailableReason.symbolMissing(library: self.name, symbols: [name])
        }
        return unsafe address
    }

    /// Returns a function with the given C type, such as `@convention(c) (Int32) -> Void`. The type isn't checked.
    ///
    /// - Throws: ``BackendUnavailableReason`` `symbolMissing`.
    public func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
        precondition(MemoryLayout<Function>.size == MemoryLayout<UInt>.size, "not a C function: \(type)")
        return unsafe unsafeBitCast(try requiredSymbol(name), to: type)
    }

    /// Returns the path of the library that contains an address, as resolved by the loader.
    public static func path(containing address: UnsafeRawPointer) -> String? {
        // Glibc's headers hide `dladdr` and its result behind a feature macro. The layout is fixed by the ABI.
        @unsafe struct Information {
            var file: UnsafePointer<CChar>?
            var base: UnsafeRawPointer?
            var symbol: UnsafePointer<CChar>?
            var address: UnsafeRawPointer?
        }
        typealias Lookup = @convention(c) (UnsafeRawPointer, UnsafeMutableRawPointer) -> Int32
        guard let function = unsafe dlsym(dlopen(nil, RTLD_NOW), "dladdr") else { return nil }
        var information = unsafe Information()
        let found = unsafe withUnsafeMutablePointer(to: &information) {
            unsafe unsafeBitCast(function, to: Lookup.self)(address, UnsafeMutableRawPointer($0))
        }
        guard found != 0, let file = unsafe information.file else { return nil }
        return unsafe String(cString: file)
    }
}
