/// A parser for the exported symbols of a dynamic library (System V ABI, chapters 4 and 5).
///
/// Input is untrusted: every offset and length is checked against the size of the file before it is used.
package struct ELFFile {
    /// A symbol that the library defines.
    package struct Symbol {
        let address: UInt64
    }

    private struct Segment {
        let (type, offset, address, size): (UInt32, UInt64, UInt64, UInt64)
    }
    private struct Section {
        let (type, offset, size, link): (UInt32, UInt64, UInt64, UInt32)
    }

    private let path: String
    private let file: FileParts
    private let segments: [Segment]
    private let sections: [Section]

    /// Reads the headers of a library for this machine.
    ///
    /// - Throws: ``BackendPluginError`` `fileNotReadable`, `notALibrary`, `wrongArchitecture`.
    package init(_ path: String) throws(BackendPluginError) {
        self.path = path
        file = try FileParts(path)
        guard file.has(0, count: 16) else { throw .notALibrary(path, "it is not a library: it only has a few bytes") }
        let identity = try file.part(0, count: 16).bytes
        guard identity.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw .notALibrary(path, "it is not a library: it doesn't begin with the bytes 7F 45 4C 46")
        }
        let own = Architecture.own
        let (wide, bigEndian) = (identity[4] == 2, identity[5] == 2)
        guard wide == own.wide, bigEndian == own.bigEndian else {
            let found = Architecture(wide: wide, bigEndian: bigEndian, machine: nil)
            throw Self.wrongArchitecture(path, have: found, need: own)
        }
        // The offsets below are for 64-bit files. On 32-bit systems the machine is unknown, so this is never reached.
        let header = try file.part(0, count: 64)
        let machine = header.number(18, as: UInt16.self)
        guard machine == own.machine else {
            let found = Architecture(wide: wide, bigEndian: bigEndian, machine: machine)
            throw Self.wrongArchitecture(path, have: found, need: own)
        }
        guard header.number(16, as: UInt16.self) == 3 else {
            throw .notALibrary(path, "it is a program or an object file, not a dynamic library")
        }
        segments = try Self.table(of: file, header, offset: 32, entrySize: 54, count: 56, need: 56).map { entry in
            Segment(
                type: entry.number(0, as: UInt32.self), offset: entry.number(8, as: UInt64.self),
                address: entry.number(16, as: UInt64.self), size: entry.number(32, as: UInt64.self))
        }
        sections = try Self.table(of: file, header, offset: 40, entrySize: 58, count: 60, need: 64).map { entry in
            Section(
                type: entry.number(4, as: UInt32.self), offset: entry.number(24, as: UInt64.self),
                size: entry.number(32, as: UInt64.self), link: entry.number(40, as: UInt32.self))
        }
        // Check that all segments to be mapped are present, because mapping beyond the end causes a bus error.
        for segment in segments where segment.type == 1 && !file.has(segment.offset, count: segment.size) {
            throw .notALibrary(path, "it is damaged: it ends inside a loadable segment")
        }
        guard try !isProgram() else { throw .notALibrary(path, "it is a program, not a dynamic library") }
    }

    private static func wrongArchitecture(_ path: String, have: Architecture, need: Architecture) -> BackendPluginError
    {
        BackendPluginError(
            .wrongArchitecture, path, "it is for another processor", have: "\(have)", need: "\(need)",
            fix: "build it for this processor")
    }

    /// Returns the entries of a table that the header describes, each at least `need` bytes long.
    private static func table(
        of file: FileParts, _ header: FileParts.Part, offset: Int, entrySize: Int, count: Int, need: Int
    ) throws(BackendPluginError) -> [FileParts.Part] {
        let start = header.number(offset, as: UInt64.self)
        let (size, count) = (Int(header.number(entrySize, as: UInt16.self)), Int(header.number(count, as: UInt16.self)))
        guard count > 0, size >= need else { return [] }
        let bytes = try file.part(start, count: UInt64(size * count)).bytes
        return (0..<count).map { FileParts.Part(bytes: Array(bytes[$0 * size..<($0 + 1) * size])) }
    }

    /// Returns whether the dynamic section has the flag of a position-independent executable.
    private func isProgram() throws(BackendPluginError) -> Bool {
        guard let dynamic = segments.first(where: { $0.type == 2 }) else {
            throw .notALibrary(path, "it is damaged: it has no dynamic section")
        }
        let table = try file.part(dynamic.offset, count: dynamic.size)
        return stride(from: 0, to: table.bytes.count - 15, by: 16).contains {
            table.number($0, as: UInt64.self) == 0x6FFF_FFFB && table.number($0 + 8, as: UInt64.self) & 0x0800_0000 != 0
        }
    }

    /// Returns those of the given symbols that the library exports.
    package func symbols(named names: [String]) throws(BackendPluginError) -> [String: Symbol] {
        guard let section = sections.first(where: { $0.type == 11 }), sections.indices.contains(Int(section.link))
        else { throw .notALibrary(path, "it is damaged: it has no symbol table") }
        let strings = sections[Int(section.link)]
        let symbols = try file.part(section.offset, count: section.size)
        let text = try file.part(strings.offset, count: strings.size).bytes
        let wanted = names.map { Array($0.utf8) + [0] }
        var found: [String: Symbol] = [:]
        for start in stride(from: 0, to: symbols.bytes.count - 23, by: 24)
        where symbols.number(start + 6, as: UInt16.self) != 0 {
            let name = Int(symbols.number(start, as: UInt32.self))
            guard name < text.count, let index = wanted.firstIndex(where: { text[name...].starts(with: $0) }) else {
                continue
            }
            found[names[index]] = Symbol(address: symbols.number(start + 8, as: UInt64.self))
        }
        return found
    }

    /// Returns the first bytes of the object that a symbol refers to.
    package func contents(of symbol: Symbol, size: Int) throws(BackendPluginError) -> [UInt8] {
        let count = UInt64(size)
        for segment in segments where segment.type == 1 && symbol.address >= segment.address {
            let distance = symbol.address - segment.address
            guard distance <= segment.size, count <= segment.size - distance else { continue }
            return try file.part(segment.offset + distance, count: count).bytes
        }
        throw .notALibrary(path, "it is damaged: its handshake is not in the file")
    }
}
