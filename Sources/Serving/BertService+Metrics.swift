import BertCore

extension BertService {
    /// Returns the metrics in Prometheus text format.
    func metricsText() -> String {
        var gauges: [Metrics.Gauge] = [
            .init("te_queue_size", [:], Double(engine.waitingRows)),
            .init("bert_inflight_requests", [:], Double(inFlight)),
            .init("process_resident_memory_bytes", [:], Double(ProcessFacts.residentBytes)),
            .init("process_cpu_seconds_total", [:], ProcessFacts.cpuSeconds, isCounter: true),
            .init("process_start_time_seconds", [:], startTime),
            .init("process_open_fds", [:], Double(ProcessFacts.openDescriptors)),
        ]
        let waiting = engine.waitingTokens
        for served in shelf.models {
            gauges.append(.init("bert_queue_tokens", ["model": served.name], Double(waiting[served.name] ?? 0)))
            let current = served.state.name
            for state in ServedModel.State.names {
                gauges.append(
                    .init("bert_model_state", ["model": served.name, "state": state], state == current ? 1 : 0))
            }
            gauges.append(
                .init("bert_model_loads_total", ["model": served.name], Double(served.loads), isCounter: true))
            if let model = served.loaded {
                gauges.append(.init("bert_model_memory_bytes", ["model": served.name], Double(model.memory)))
            }
        }
        if let backend = shelf.models.lazy.compactMap(\.loaded).first?.backend {
            gauges.append(
                .init("bert_build_info", ["version": options.version, "backend": backend.nameAndVersion], 1))
        }
        return metrics.text(gauges: gauges)
    }
}
