#if Server
    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// The program that started this one, if it wants to know how it gets on: systemd with `Type=notify`.
    enum ServiceManager {
        /// Tells it something, as sd_notify(3) says: `READY=1`.
        static func notify(_ message: String) {
            guard let variable = getenv("NOTIFY_SOCKET") else { return }
            var path = Array(String(cString: variable).utf8)
            guard !path.isEmpty else { return }
            // An abstract socket.
            if path[0] == UInt8(ascii: "@") { path[0] = 0 }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            guard path.count < MemoryLayout.size(ofValue: address.sun_path) else { return }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path) }
            #if canImport(Glibc)
                let kind = Int32(SOCK_DGRAM.rawValue)
            #else
                let kind = SOCK_DGRAM
            #endif
            let descriptor = socket(AF_UNIX, kind, 0)
            guard descriptor >= 0 else { return }
            defer { close(descriptor) }
            let length = socklen_t(MemoryLayout.offset(of: \sockaddr_un.sun_path).map { $0 + path.count } ?? 0)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = message.withCString { sendto(descriptor, $0, message.utf8.count, 0, address, length) }
                }
            }
        }
    }
#endif
