extension Float {
    /// From `-1.0000` to ` 1.0000`, so that columns stand under each other.
    var fourDecimals: String {
        guard magnitude < 1e9 else { return description }
        let units = Int((Double(self) * 10_000).rounded())
        let fraction = String(units.magnitude % 10_000)
        return (units < 0 ? "-" : " ") + "\(units.magnitude / 10_000)."
            + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
