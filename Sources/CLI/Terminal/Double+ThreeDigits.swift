extension Double {
    /// For example `231`, `11.5`, `0.87`.
    var threeDigits: String {
        if self >= 100 { return String(Int(rounded())) }
        let factor = self >= 10 ? 10.0 : 100.0
        return "\((self * factor).rounded() / factor)"
    }
}
