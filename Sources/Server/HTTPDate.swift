#if Server
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// The `Date` header of responses, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
    enum HTTPDate {
        private static let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        private static let months = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ]
        /// The most recent date, which is updated once a second.
        private static let latest = Mutex((second: time_t(-1), text: ""))

        /// The current date.
        static var now: String {
            let second = time(nil)
            return latest.withLock { latest in
                if latest.second != second { latest = (second, text(second)) }
                return latest.text
            }
        }

        /// Returns the date of a Unix time.
        static func text(_ second: time_t) -> String {
            var (second, parts) = (second, tm())
            gmtime_r(&second, &parts)
            func two(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return """
                \(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \
                \(parts.tm_year + 1900) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT
                """
        }
    }
#endif
