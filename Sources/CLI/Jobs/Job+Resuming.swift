import Bert
import BertJSON

extension Job {
    /// Returns the record of the unfinished job, or nil if the output isn't a regular file.
    func begin(_ output: JobOutput) throws -> JobRecord? {
        guard output.isRegular else { return nil }
        return JobRecord(
            output: self.output,
            facts: try facts().merging([
                "version": .string(PackageVersion.current), "on-error": .string(onError.rawValue),
            ]).merging(input.facts()))
    }

    /// Skips the groups of the input whose results are all in the output.
    ///
    /// - Returns: The number of these results, and the size of the output up to the last of them.
    /// - Throws: `BertError` if the output belongs to another job.
    func resume(
        _ reader: inout RecordReader<Fields>, _ output: JobOutput, _ record: JobRecord?
    ) throws -> (count: Int, size: Int) {
        guard resumes else { return (0, 0) }
        guard let record, input.isFile else {
            throw BertError(.invalidArgument, "requires --input FILE and --output FILE", key: "--resume")
        }
        guard try record.isBegun() else {
            guard output.isEmpty else {
                throw BertError(
                    .invalidArgument,
                    "there is no \(output.name).bert-job, so it is complete or not from a resumable job",
                    file: output.name, key: "--resume")
            }
            return (0, 0)
        }
        var done = (count: 0, size: 0)
        while let entries = try reader.next() {
            guard let size = try output.end(ofLines: entries.count, from: done.size) else {
                reader.putBack(entries)
                break
            }
            done = (done.count + entries.count, size)
        }
        return done
    }
}
