import Bert
import CAllocations

/// `Allocations FOLDER`: repeatedly computes the same batch on one thread. Prints a line for each pass with the number
/// of allocations from the system, and the number of tensors that needed memory from the system.
guard CommandLine.arguments.count == 2 else { fatalError("Allocations FOLDER") }
let backend = try BackendRegistry.shared.backend(.named("simd"))
let files = try ModelFiles(folder: CommandLine.arguments[1])
let model = try BertModel.fromPretrained(files, on: backend)
let ids: [[Int32]] = (0..<8).map { (row: Int) -> [Int32] in
    (0..<24).map { (column: Int) -> Int32 in
        let step: Int = 31 * row + 7 * column
        return Int32(5 + step % 50)
    }
}
let input = ModelInput(ids: ids)
for _ in 0..<12 {
    let (before, tensors) = (bert_allocation_count(), HostMemory.shared.statistics.systemAllocations)
    let output = try model.encode(input, options: ForwardOptions())
    guard try backend.floats(output.lastHiddenState).allSatisfy(\.isFinite) else { fatalError("not finite") }
    let after = bert_allocation_count()
    guard after != .max else {
        print("uncounted")
        break
    }
    print(after - before, HostMemory.shared.statistics.systemAllocations - tensors)
}
