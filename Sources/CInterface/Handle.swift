import BertCore
import BertLocks

/// An object that C accesses by an opaque pointer.
///
/// The pointer is a unique number instead of an address, so that closed or invalid handles are detected.
class Handle: @unchecked Sendable {
    private struct Table {
        var handles: [UInt: Handle] = [:]
        var last: UInt = 0
    }
    private static let table = ForkSafeMutex(Table())

    /// The name in messages.
    class var noun: String { "handle" }

    // The strings that C has pointers to, by name.
    private let strings = ForkSafeMutex<[String: UInt]>([:])

    deinit {
        strings.withLock { strings in
            for address in strings.values { UnsafeMutablePointer<CChar>(bitPattern: address)?.deallocate() }
        }
    }

    /// Returns the pointer for C, which must close it.
    final func handOut() -> OpaquePointer? {
        Self.table.withLock { table in
            table.last += 16
            table.handles[table.last] = self
            return OpaquePointer(bitPattern: table.last)
        }
    }

    /// Returns the object for a pointer.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for NULL, closed handles and handles of other kinds.
    static func object(_ pointer: OpaquePointer?) throws -> Self {
        guard let pointer else {
            throw BertError(.invalidArgument, "the \(noun) is NULL; check the error of the function that opens it")
        }
        guard let handle = table.withLock({ $0.handles[UInt(bitPattern: pointer)] }) as? Self else {
            throw BertError(.invalidArgument, "the \(noun) is closed or invalid")
        }
        return handle
    }

    /// Closes a handle. Has no effect for invalid pointers.
    static func close(_ pointer: OpaquePointer?) {
        guard let pointer, (try? object(pointer)) != nil else { return }
        _ = table.withLock { $0.handles.removeValue(forKey: UInt(bitPattern: pointer)) }
    }

    /// Returns a string that lives as long as the object. It is created only once.
    final func string(_ name: String, _ make: () throws -> String) rethrows -> UnsafePointer<CChar> {
        if let known = known(name) { return known }
        let new = UInt(bitPattern: copy(of: try make()))
        let isFirst = strings.withLock { strings in
            if strings[name] != nil { return false }
            strings[name] = new
            return true
        }
        if !isFirst { UnsafeMutablePointer<CChar>(bitPattern: new)?.deallocate() }
        return known(name).unsafelyUnwrapped
    }

    private func known(_ name: String) -> UnsafePointer<CChar>? {
        strings.withLock { $0[name] }.flatMap { UnsafePointer(bitPattern: $0) }
    }
}

/// Returns a copy of a string that C must free. C code sees only the part before the first null character.
func copy(of text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    return copy.baseAddress.unsafelyUnwrapped
}
