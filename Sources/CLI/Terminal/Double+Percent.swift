extension Double {
    /// The share in whole percent, such as `12 %`.
    var percent: String { "\(Int((self * 100).rounded())) %" }
}
