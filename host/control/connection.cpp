#include "control/connection.h"

#include <Poco/Net/HTTPResponse.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <poll.h>

namespace brygga::control {

namespace {

using std::chrono::milliseconds;

std::string to_bytes(const Response& response, Instant now, bool head_only, bool last) {
    const auto status = static_cast<Poco::Net::HTTPResponse::HTTPStatus>(response.status);
    std::string out =
        fmt::format("HTTP/1.1 {} {}\r\nDate: {:%a, %d %b %Y %H:%M:%S} GMT\r\n", response.status,
                    Poco::Net::HTTPResponse::getReasonForStatus(status), std::chrono::floor<std::chrono::seconds>(now));
    if (response.status != 204)
        out += fmt::format("Content-Type: {}\r\nContent-Length: {}\r\n", response.content_type, response.body.size());
    out += "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
    for (const auto& [name, value] : response.headers) out += fmt::format("{}: {}\r\n", name, value);
    out += last ? "Connection: close\r\n\r\n" : "Connection: Keep-Alive\r\n\r\n";
    if (!head_only && response.status != 204) out += response.body;
    return out;
}

/// For so many bytes at the least speed.
milliseconds time_for(std::size_t bytes) {
    return Connection::body_patience + milliseconds{bytes * 1000 / Connection::bytes_a_second};
}

}  // namespace

Connection::Connection(const Poco::Net::StreamSocket& accepted, const Tls& tls, const Clock& clock)
    : clock_{clock}, peer_{accepted, tls} {
    enter(State::greeting, greeting_patience);
}

void Connection::enter(State state, milliseconds patience) {
    state_ = state;
    since_ = part_since_ = clock_.mono();
    deadline_ = since_ + patience;
    part_ = Incoming::State::idle;
    wait_ = Peer::Wait::nothing;
}

short Connection::events() const noexcept {
    switch (state_) {
        case State::greeting:
        case State::reading:
        case State::writing:
        case State::leaving:
            return wait_ == Peer::Wait::write ? POLLOUT : POLLIN;
        default:
            return 0;
    }
}

void Connection::advance() {
    if (state_ == State::greeting) {
        wait_ = peer_.greet();
        if (wait_ == Peer::Wait::gone) state_ = State::gone;
        if (wait_ == Peer::Wait::nothing) enter(State::reading, idle_patience);
    }
    if (state_ == State::writing) write();
    if (state_ == State::reading || state_ == State::leaving) read();
}

void Connection::read() {
    char buffer[16'384];
    while (state_ == State::reading || state_ == State::leaving) {
        if (state_ == State::reading && incoming_.state() == Incoming::State::done) {
            state_ = State::asked;
            return;
        }
        const Peer::Moved moved = peer_.read(buffer, sizeof buffer);
        if (moved.bytes == 0) {
            wait_ = moved.wait;
            if (wait_ == Peer::Wait::gone) state_ = State::gone;
            return;
        }
        if (state_ == State::leaving) return;  // one at a time, or a flood would keep the thread
        (void)incoming_.feed({buffer, moved.bytes});
        set_reading_deadline();
        if (incoming_.state() == Incoming::State::failed) answer(incoming_.refusal(), true);
        // So few bytes fit into the socket in any case; if not, the client sends its body after a second anyhow.
        if (incoming_.wants_continue()) (void)peer_.write("HTTP/1.1 100 Continue\r\n\r\n");
    }
}

void Connection::set_reading_deadline() {
    if (incoming_.state() != part_) {
        part_ = incoming_.state();
        part_since_ = clock_.mono();
    }
    if (part_ == Incoming::State::head) deadline_ = part_since_ + head_patience;
    if (part_ == Incoming::State::body) deadline_ = part_since_ + time_for(incoming_.body_bytes());
}

void Connection::write() {
    while (written_ < out_.size()) {
        const Peer::Moved moved = peer_.write(std::string_view{out_}.substr(written_));
        if (moved.bytes == 0) {
            wait_ = moved.wait;
            if (wait_ == Peer::Wait::gone) state_ = State::gone;
            return;
        }
        written_ += moved.bytes;
    }
    out_.clear();
    if (last_) {
        peer_.finish();
        enter(State::leaving, leaving_patience);
        return;
    }
    enter(State::reading, idle_patience);
    (void)incoming_.next();
    set_reading_deadline();
    if (incoming_.state() == Incoming::State::failed) answer(incoming_.refusal(), true);
}

void Connection::expire() {
    if (state_ != State::reading || incoming_.state() == Incoming::State::idle) {
        state_ = State::gone;
        return;
    }
    refuse(problem(408, "request.slow", "The request did not come in time."));
}

void Connection::refuse(const Response& response) {
    answer(response, true);
    advance();
}

Expected<Request> Connection::take() {
    state_ = State::answering;
    return incoming_.take(peer_.address());
}

void Connection::answer(const Response& response, bool last) {
    last_ = last || !incoming_.keeps_connection();
    out_ = to_bytes(response, clock_.now(), incoming_.is_head(), last_);
    written_ = 0;
    enter(State::writing, time_for(out_.size()));
    wait_ = Peer::Wait::write;
}

}  // namespace brygga::control
