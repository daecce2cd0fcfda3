// frame: the messages between bryggad and brygga-runner, a length, a kind and its fields, over one end of a socket
// pair. A Channel belongs to one thread at a time. What the other side sends is taken for hostile: sizes are bounded,
// and a message that has other fields than its reader asks for is broken.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace brygga::connector {

/// Grows with every change of a frame, so that a runner of another version is noticed.
constexpr std::string_view frame_revision = "3";

/// Fields in brackets: n is a number, everything else a text. What the host sends, but `cancel`, begins with its time,
/// so that a plugin may ask for that without a round trip.
enum class FrameKind : std::uint8_t {
    hello,       ///< runner: [n status, n ABI major, n ABI minor, manifest | code, message, remedy]
    create,      ///< host: [n time, n deadline_ms, trace, config]
    call,        ///< host: [n time, n deadline_ms, trace, n Operation, n max_items, three texts]
    cancel,      ///< host: the call should end, or its page takes no more
    returned,    ///< runner: [n status, n said, n flags, n remote_status, n retry_after_ms, code, message, remedy,
                 ///< result]
    entity,      ///< runner: [row]; no reply
    checkpoint,  ///< runner: [cursor, n has_more]; no reply
    seen,        ///< runner: [id, revision]; reply [n yes]
    http,        ///< runner: [request, body]; reply [n status, head, body]
    log,         ///< runner: [n level, message, fields]; no reply
    sleep,       ///< runner: [n ms]; reply [n status]
    hmac,        ///< runner: [algorithm, secret, message]; reply [n status, bytes]
    verify,      ///< runner: [algorithm, secret, message, expected]; reply [n yes]
    reply,       ///< host: [n time, and what the request asks for]
};
enum class Operation : std::uint8_t {
    check,
    describe,
    poll,
    list,
    find,
    deliver,
    options,
    subscribe,
    unsubscribe,
    decode,
};

/// The status in `returned` of a call that an exception left.
constexpr std::int64_t status_thrown = -1;

/// The descriptor of the socket in the runner.
constexpr int runner_socket = 3;

/// A message that is being written.
class Frame {
public:
    explicit Frame(FrameKind kind) : bytes_(sizeof(std::uint32_t), '\0') { bytes_ += static_cast<char>(kind); }
    Frame& number(std::int64_t n);
    Frame& text(std::string_view t);
    /// With its length in front.
    const std::string& bytes();

private:
    std::string bytes_;
};

/// A message that has come. A field that is not there reads as 0 or empty.
class Message {
public:
    Message() = default;
    explicit Message(std::string bytes) : bytes_{std::move(bytes)}, at_{bytes_.empty() ? 0u : 1u} {}

    FrameKind kind() const noexcept { return bytes_.empty() ? FrameKind::reply : static_cast<FrameKind>(bytes_[0]); }
    std::int64_t number();
    std::string_view text();  ///< as long as the message lives
    /// Every field that was asked for was there, and nothing else is.
    bool whole() const noexcept { return !broken_ && at_ == bytes_.size(); }

private:
    std::string_view take(std::size_t size);

    std::string bytes_;
    std::size_t at_ = 0;
    bool broken_ = false;
};

class Channel {
public:
    /// An answer of the HTTP service is the largest there is: 32 MiB, and its head.
    static constexpr std::size_t most_frame_bytes = 40u << 20;
    static constexpr std::size_t most_text_bytes = 32u << 20;

    /// What is kept back at most before it is sent.
    static constexpr std::size_t most_kept_bytes = 64u << 10;

    enum class Got : std::uint8_t { message, nothing, closed, broken };

    /// Owns the socket. `slice_ms`: after how long without the other side send() asks and receive() returns; 0: never.
    Channel(int fd, int slice_ms);
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    /// Sent with the next frame: a row costs no system call of its own. True once that is due.
    bool keep(Frame& frame);
    /// False when the other side is gone or `go_on` says no; the channel is of no use then.
    bool send(Frame& frame, const std::function<bool()>& go_on = {});
    bool send_kept(const std::function<bool()>& go_on = {});
    Got receive(Message& into, bool wait = true);

private:
    bool put(std::string_view left, const std::function<bool()>& go_on);
    bool cut(Message& into, Got& got);

    int fd_;
    std::string kept_;
    std::string buffer_;
    std::size_t from_ = 0;
};

}  // namespace brygga::connector
