extension Float {
    /// The number with four decimals, from `-1.0000` to ` 1.0000`, so that columns are aligned.
    var fourDecimals: String {
        guard magnitude < 1e9 else { return description }
        let units = Int((Double(self) * 10_000).rounded())
        let fraction = String(units.magnitude % 10_000)
        return (units < 0 ? "-" : " ") + "\(units.magnitude / 10_000)."
            + String(repeating: "0", count: 4 - fraction.count) + fraction
    }
}
