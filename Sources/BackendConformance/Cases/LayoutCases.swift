import BertCore

/// Cases for operations that move, copy or convert elements.
enum LayoutCases {
    static let all: [CaseTemplate] = transfers + permute + slice + concatenate + casts + refusal

    /// Returns values that all types can represent.
    private static func values(_ trial: Trial, _ shape: Shape, _ type: ElementType) -> Values {
        let whole = trial.numbers.whole(shape)
        return type == .bool || type == .uint8 ? whole.map { $0 < 0 ? 0 : 1 } : whole
    }

    private static let transfers: [CaseTemplate] =
        ElementType.allCases.flatMap { type in
            [[], [1], [17], [3, 5, 7], [0, 4]].map { (shape: Shape) in
                CaseTemplate(.upload, .exact, "\(type.rawValue)-\(shape.name)", [shape], type: type) { trial in
                    // A single Boolean may be false.
                    if shape.elementCount < 2 { trial.prove() }
                    let values = values(trial, shape, type)
                    try trial.expect(trial.tensor(values, type), values, .exact, type: type)
                }
            }
        } + [
            CaseTemplate(.upload, .special, "bits", [[7]]) { trial in
                let values = Values([7], [-0.0, .infinity, -.infinity, 0x1p-149, -0x1p-126, 1, .nan])
                trial.compareBits(try trial.values(trial.tensor(values)), values, "float32")
            },
            CaseTemplate(.upload, .refusal, "size") { trial in
                for count in [5, 7, 0] {
                    trial.expectError(.invalidShape, naming: [[2, 3]], "\(count) elements for six") {
                        _ = try trial.backend.upload(
                            HostBuffer([Float](repeating: 1, count: count)), shape: [2, 3], elementType: .float32)
                    }
                }
            },
            CaseTemplate(.download, .refusal, "size") { trial in
                let tensor = try trial.tensor(trial.numbers.whole([2, 3]))
                for count in [0, 20, 28] {
                    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: count, alignment: 16)
                    defer { memory.deallocate() }
                    trial.expectError(.invalidArgument, "24 bytes into \(count)") {
                        try trial.backend.download(tensor, into: memory)
                    }
                }
            },
        ]

    private static let types: [ElementType] = [.float32, .bfloat16, .int32]

    private static let permute = [
        ([2, 3], [1, 0]), ([2, 3, 4], [1, 0, 2]), ([2, 3, 4], [2, 0, 1]), ([2, 3, 4, 5], [0, 2, 1, 3]),
        ([33, 31], [1, 0]), ([5], [0]), ([], []), ([2, 0, 3], [2, 1, 0]), ([7, 1, 5], [1, 2, 0]),
    ].flatMap { (shape: Shape, axes: [Int]) in
        types.map { type in
            let name = "\(type.rawValue)-\(shape.name)-to-\(axes.map(String.init).joined())"
            return CaseTemplate(.permute, .exact, name, [shape], type: type) { trial in
                let x = values(trial, shape, type)
                if shape.elementCount == 0 { trial.prove() }
                try trial.expect(
                    trial.backend.permute(trial.tensor(x, type), axes: axes), Oracle.permute(x, axes: axes), .exact,
                    type: type)
            }
        }
    }

    private static let slice = [
        ([6], 0, 1..<4), ([4, 5], 0, 3..<4), ([4, 5], 1, 2..<5), ([3, 4, 5], 1, 0..<2), ([33, 31], 1, 30..<31),
        ([3, 4], 0, 2..<2), ([3, 4], 1, 0..<4), ([0, 4], 1, 1..<2),
    ].flatMap { (shape: Shape, axis: Int, range: Range<Int>) in
        types.map { type in
            let name = "\(type.rawValue)-\(shape.name)-axis\(axis)-\(range.lowerBound)to\(range.upperBound)"
            return CaseTemplate(.slice, .exact, name, [shape], type: type) { trial in
                let x = values(trial, shape, type)
                let want = Oracle.slice(x, axis: axis, range: range)
                if want.elements.isEmpty { trial.prove() }
                try trial.expect(
                    trial.backend.slice(trial.tensor(x, type), axis: axis, range: range), want, .exact, type: type)
            }
        }
    }

    private static let concatenate = [
        ([[2, 3], [4, 3]], 0), ([[2, 3], [2, 1]], 1), ([[2, 3, 4], [2, 5, 4], [2, 1, 4]], 1), ([[7]], 0),
        ([[0, 3], [2, 3], [0, 3]], 0), ([[33, 1], [33, 31]], 1),
    ].flatMap { (shapes: [Shape], axis: Int) in
        types.map { type in
            let name = "\(type.rawValue)-\(shapes.map(\.name).joined(separator: "-"))-axis\(axis)"
            return CaseTemplate(.concatenate, .exact, name, shapes, type: type) { trial in
                let parts = shapes.map { values(trial, $0, type) }
                try trial.expect(
                    trial.backend.concatenate(parts.map { try trial.tensor($0, type) }, axis: axis),
                    Oracle.concatenate(parts, axis: axis), .exact, type: type)
            }
        }
    }

    private static let casts: [CaseTemplate] =
        ElementType.allCases.flatMap { from in
            ElementType.allCases.map { to in
                CaseTemplate(.cast, .exact, "\(from.rawValue)-to-\(to.rawValue)", [[12]], type: from) { trial in
                    // Ties, numbers next to ties, and numbers out of range of shorter types.
                    let x = Values(
                        [12],
                        [
                            0, 1, -1, 2.5, -3.5, 1 + 0x1p-9, 1 + 0x1p-8 + 0x1p-20, 1 + 0x1p-11, 1 + 0x1p-11 + 0x1p-40,
                            100_000, -300, 0x1p-20,
                        ]
                    ).rounded(to: from)
                    try trial.expect(
                        trial.backend.cast(trial.tensor(x, from), to: to), x.rounded(to: to), .exact, type: to)
                }
            }
        } + [
            CaseTemplate(.cast, .special, "float32-to-shorter", [[9]]) { trial in
                let x = Values(
                    [9], [.infinity, -.infinity, .nan, 65_519, 65_520, -65_520, 0x1p-25, 0x1.8p-25, 3.4028234e38]
                ).rounded(to: .float32)
                for type in [ElementType.float16, .bfloat16] {
                    try trial.expect(
                        trial.backend.cast(trial.tensor(x), to: type), x.rounded(to: type), .exact, type.rawValue,
                        type: type)
                }
            },
            CaseTemplate(.cast, .special, "float32-to-integers", [[6]]) { trial in
                let x = Values([6], [.nan, .infinity, -.infinity, 3e9, -3e9, -0.9]).rounded(to: .float32)
                for type in [ElementType.int8, .uint8, .int32, .int64] {
                    try trial.expect(
                        trial.backend.cast(trial.tensor(x), to: type), x.rounded(to: type), .exact, type.rawValue,
                        type: type)
                }
            },
        ]

    private static let refusal: [CaseTemplate] = [
        CaseTemplate(.permute, .refusal, "axes") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            for axes in [[0], [0, 0], [0, 2], [0, 1, 2], [-1, 0]] {
                trial.expectError(.invalidShape, naming: [[2, 3]], "axes \(axes)") {
                    _ = try trial.backend.permute(x, axes: axes)
                }
            }
        },
        CaseTemplate(.slice, .refusal, "range") { trial in
            let x = try trial.tensor(trial.numbers.whole([2, 3]))
            for (axis, range) in [(0, 0..<3), (1, 3..<4), (2, 0..<1), (-1, 0..<1), (0, -1..<1)] {
                trial.expectError(.invalidShape, naming: [[2, 3]], "\(range) of axis \(axis)") {
                    _ = try trial.backend.slice(x, axis: axis, range: range)
                }
            }
        },
        CaseTemplate(.concatenate, .refusal, "shapes") { trial in
            let a = try trial.tensor(trial.numbers.whole([2, 3]))
            let b = try trial.tensor(trial.numbers.whole([4, 5]))
            let integers = try trial.indices(trial.numbers.whole([6])).reshaped(to: [2, 3])
            trial.expectError(.invalidShape, naming: [[2, 3], [4, 5]], "other axes that differ") {
                _ = try trial.backend.concatenate([a, b], axis: 0)
            }
            trial.expectError(.invalidShape, "two element types") {
                _ = try trial.backend.concatenate([a, integers], axis: 0)
            }
            trial.expectError(.invalidArgument, "nothing") { _ = try trial.backend.concatenate([], axis: 0) }
        },
    ]
}
