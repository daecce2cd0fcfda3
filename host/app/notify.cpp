#include "app/notify.h"

#include <charconv>
#include <cstring>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace brygga::app {

Notify::Notify(std::string socket_path, std::string_view watchdog_usec) : path_{std::move(socket_path)} {
    std::int64_t usec = 0;
    const auto [end, error] = std::from_chars(watchdog_usec.data(), watchdog_usec.data() + watchdog_usec.size(), usec);
    if (error == std::errc{} && usec > 0) watchdog_ = std::chrono::milliseconds{usec / 3000};
}

void Notify::send(std::string_view state) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.empty() || path_.size() >= sizeof address.sun_path) return;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path_.size());
    (void)sendto(fd, state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&address), length);
    close(fd);
}

}  // namespace brygga::app
