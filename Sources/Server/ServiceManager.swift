#if Server
    import BertCore

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #elseif canImport(Darwin)
        import Darwin
    #endif

    /// The service manager that started this process, such as systemd. It can pass open sockets, and receives status
    /// notifications.
    enum ServiceManager {
        /// The first descriptor that is passed.
        private static let firstSocket: CInt = 3

        /// Returns the sockets that the service manager opened for this process (see sd_listen_fds(3)), or none.
        /// Removes the associated environment variables, so that child processes don't use the sockets.
        ///
        /// - Throws: `BertError` for a descriptor that isn't a listening stream socket.
        static func takeSockets() throws -> [CInt] {
            guard let process = integer("LISTEN_PID"), process == Int(getpid()), let count = integer("LISTEN_FDS")
            else {
                return []
            }
            for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsetenv(name) }
            guard (1...1024).contains(count) else {
                throw BertError(
                    .invalidSetting, "LISTEN_FDS is \(count), but must be the number of passed sockets",
                    key: "LISTEN_FDS", value: .int(count))
            }
            return try (firstSocket..<firstSocket + CInt(count)).map { descriptor in
                guard option(SO_ACCEPTCONN, of: descriptor) == 1, option(SO_TYPE, of: descriptor) == streamType else {
                    throw BertError(
                        .invalidSetting,
                        """
                        the descriptor \(descriptor) from LISTEN_FDS is not a listening stream socket; the \
                        unit must have ListenStream= and Accept=no
                        """, key: "LISTEN_FDS", value: .int(count))
                }
                _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
                return descriptor
            }
        }

        private static func integer(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

        private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
            var value: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            return getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : nil
        }

        #if canImport(Glibc)
            private static let streamType = CInt(SOCK_STREAM.rawValue)
        #else
            private static let streamType = SOCK_STREAM
        #endif

        /// Sends a notification such as `READY=1` to the service manager (see sd_notify(3)).
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
