import BertCore
import Synchronization

/// What a pointer that C holds stands for.
///
/// Such a pointer is a number that is never used again, and no address: one that is closed, or was never given out, is found to
/// be none.
class Handle: @unchecked Sendable {
    private struct Table {
        var handles: [UInt: Handle] = [:]
        var last: UInt = 0
    }
    private static let table = Mutex(Table())

    /// What it is called in messages.
    class var noun: String { "handle" }

    // Strings that C has pointers to, by what they are; touched only with the lock held.
    private let strings = Mutex<[String: UInt]>([:])

    deinit {
        strings.withLock { strings in
            for address in strings.values { UnsafeMutablePointer<CChar>(bitPattern: address)?.deallocate() }
        }
    }

    /// Gives it to C, which has to close it.
    final func handOut() -> OpaquePointer? {
        Self.table.withLock { table in
            table.last += 16
            table.handles[table.last] = self
            return OpaquePointer(bitPattern: table.last)
        }
    }

    /// The object behind a pointer.
    ///
    /// - Throws: ``BertError`` with code `invalidArgument` for NULL, and for what is closed or something else.
    static func object(_ pointer: OpaquePointer?) throws -> Self {
        guard let pointer else {
            throw BertError(.invalidArgument, "the \(noun) is NULL: opening it failed, or was left out")
        }
        guard let handle = table.withLock({ $0.handles[UInt(bitPattern: pointer)] }) as? Self else {
            throw BertError(.invalidArgument, "the \(noun) is closed, or none")
        }
        return handle
    }

    /// Takes a pointer back; one that stands for nothing of this kind stays.
    static func close(_ pointer: OpaquePointer?) {
        guard let pointer, (try? object(pointer)) != nil else { return }
        _ = table.withLock { $0.handles.removeValue(forKey: UInt(bitPattern: pointer)) }
    }

    /// A string that lives as long as the object: made once, and the same from then on.
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

/// A string that C frees; a zero byte in it ends it.
func copy(of text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString
    let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    return copy.baseAddress.unsafelyUnwrapped
}
