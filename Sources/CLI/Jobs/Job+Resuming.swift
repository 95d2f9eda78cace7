import Bert
import BertJSON

extension Job {
    /// The record of the job, for as long as it isn't done; nil if it leaves no file.
    func begin(_ output: JobOutput) throws -> JobRecord? {
        guard output.isRegular else { return nil }
        return JobRecord(
            output: self.output,
            facts: try facts().merging([
                "version": .string(PackageVersion.current), "on-error": .string(onError.rawValue),
            ]).merging(input.facts()))
    }

    /// Steps over the groups of the input whose results are all in the output.
    ///
    /// - Returns: how many results these are, and how long the output is with them.
    /// - Throws: `BertError` if the output is not of this job.
    func resume(
        _ reader: inout RecordReader<Fields>, _ output: JobOutput, _ record: JobRecord?
    ) throws -> (count: Int, size: Int) {
        guard resumes else { return (0, 0) }
        guard let record, input.isFile else {
            throw BertError(.invalidArgument, "--resume goes on from file to file: --input FILE --output FILE")
        }
        guard try record.isBegun() else {
            guard output.isEmpty else {
                throw BertError(
                    .invalidArgument,
                    "\(output.name) has no \(output.name).bert-job beside it: it is whole, or not of such a job")
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
