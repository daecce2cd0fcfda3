#include "connector/frame.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace brygga::connector {
namespace {

constexpr std::size_t length_bytes = sizeof(std::uint32_t);

std::uint32_t length_at(const char* bytes) {
    std::uint32_t length = 0;
    std::memcpy(&length, bytes, sizeof length);
    return length;
}

}  // namespace

Frame& Frame::number(std::int64_t n) {
    bytes_.append(reinterpret_cast<const char*>(&n), sizeof n);
    return *this;
}

Frame& Frame::text(std::string_view t) {
    const auto size = static_cast<std::uint32_t>(t.size());
    bytes_.append(reinterpret_cast<const char*>(&size), sizeof size);
    bytes_.append(t);
    return *this;
}

const std::string& Frame::bytes() {
    const auto length = static_cast<std::uint32_t>(bytes_.size() - length_bytes);
    std::memcpy(bytes_.data(), &length, sizeof length);
    return bytes_;
}

std::string_view Message::take(std::size_t size) {
    if (broken_ || size > bytes_.size() - at_) return broken_ = true, std::string_view{};
    const std::string_view out = std::string_view{bytes_}.substr(at_, size);
    at_ += size;
    return out;
}

std::int64_t Message::number() {
    std::int64_t n = 0;
    if (const auto bytes = take(sizeof n); !bytes.empty()) std::memcpy(&n, bytes.data(), sizeof n);
    return n;
}

std::string_view Message::text() {
    const auto size = take(length_bytes);
    return size.empty() ? std::string_view{} : take(length_at(size.data()));
}

Channel::Channel(int fd, int slice_ms) : fd_{fd} {
    const timeval slice{0, slice_ms * 1000};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &slice, sizeof slice);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &slice, sizeof slice);
}

Channel::~Channel() { ::close(fd_); }

bool Channel::keep(Frame& frame) {
    kept_ += frame.bytes();
    return kept_.size() >= most_kept_bytes;
}

bool Channel::send(Frame& frame, const std::function<bool()>& go_on) {
    if (!kept_.empty()) return keep(frame), send_kept(go_on);
    return put(frame.bytes(), go_on);
}

bool Channel::send_kept(const std::function<bool()>& go_on) {
    const std::string kept = std::exchange(kept_, {});
    return put(kept, go_on);
}

bool Channel::put(std::string_view left, const std::function<bool()>& go_on) {
    while (!left.empty()) {
        const ssize_t n = ::send(fd_, left.data(), left.size(), MSG_NOSIGNAL);
        if (n >= 0) {
            left.remove_prefix(static_cast<std::size_t>(n));
        } else if (errno != EINTR && errno != EAGAIN) {
            return false;
        } else if (go_on && !go_on()) {
            return false;
        }
    }
    return true;
}

/// A whole message out of what has come.
bool Channel::cut(Message& into, Got& got) {
    const std::size_t there = buffer_.size() - from_;
    if (there < length_bytes) return false;
    const std::size_t length = length_at(buffer_.data() + from_);
    if (length == 0 || length > most_frame_bytes) return got = Got::broken, true;
    if (there < length_bytes + length) return false;
    into = Message{buffer_.substr(from_ + length_bytes, length)};
    from_ += length_bytes + length;
    if (from_ == buffer_.size()) buffer_.clear(), from_ = 0;
    return got = Got::message, true;
}

Channel::Got Channel::receive(Message& into, bool wait) {
    constexpr std::size_t at_once = 16u << 10;
    Got got{};
    while (!cut(into, got)) {
        if (from_ > 0) buffer_.erase(0, std::exchange(from_, 0));
        const std::size_t there = buffer_.size();
        buffer_.resize(there + at_once);
        const ssize_t n = ::recv(fd_, buffer_.data() + there, at_once, wait ? 0 : MSG_DONTWAIT);
        buffer_.resize(there + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
        if (n == 0) return Got::closed;
        if (n < 0 && errno != EINTR) return errno == EAGAIN ? Got::nothing : Got::closed;
    }
    return got;
}

}  // namespace brygga::connector
