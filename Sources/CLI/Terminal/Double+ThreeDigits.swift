extension Double {
    /// The number with three significant digits, such as `231`, `11.5` or `0.87`.
    var threeDigits: String {
        if self >= 100 { return String(Int(rounded())) }
        let factor = self >= 10 ? 10.0 : 100.0
        return "\((self * factor).rounded() / factor)"
    }
}
