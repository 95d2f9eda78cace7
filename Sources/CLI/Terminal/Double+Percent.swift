extension Double {
    /// A share in whole percent, for example `12 %`.
    var percent: String { "\(Int((self * 100).rounded())) %" }
}
