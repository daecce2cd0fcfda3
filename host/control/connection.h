// Connection: one client of the API from handshake to end: reads a request whole, hands it out, sends the answer, and
// again. It never waits; each part has a deadline as a whole, so that bytes that come one by one gain no time.
// Owned by the server's thread, which alone touches it.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "control/incoming.h"
#include "control/peer.h"

namespace brygga::control {

class Connection {
public:
    static constexpr std::chrono::seconds greeting_patience{5}, idle_patience{10}, head_patience{5}, body_patience{15},
        leaving_patience{1};
    static constexpr std::size_t bytes_a_second = 64u << 10;  ///< what slow bodies and readers have to reach besides

    enum class State : std::uint8_t {
        greeting,
        reading,
        asked,      ///< take() has a request
        answering,  ///< it was taken
        writing,
        leaving,  ///< all is written; what the client still sends is thrown away, so that it reads the answer
        gone
    };

    Connection(const Poco::Net::StreamSocket& accepted, const Tls& tls, const Clock& clock);

    /// Goes on as far as it can without waiting.
    void advance();
    /// Past its deadline: a request that began is told so, everything else ends.
    void expire();
    /// A request that is not there whole will not be read on.
    void refuse(const Response& response);

    State state() const noexcept { return state_; }
    /// It waits for its client, so that ending it loses no answer.
    bool waits_for_client() const noexcept {
        return state_ == State::greeting || state_ == State::reading || state_ == State::leaving;
    }
    MonoTime since() const noexcept { return since_; }
    MonoTime deadline() const noexcept { return deadline_; }
    /// Of a request that is not there whole.
    std::size_t body_bytes() const noexcept { return state_ == State::reading ? incoming_.body_bytes() : 0; }
    int descriptor() const noexcept { return peer_.descriptor(); }
    /// For poll().
    short events() const noexcept;

    Expected<Request> take();
    /// last: the connection ends after it.
    void answer(const Response& response, bool last);

private:
    void read();
    void write();
    void enter(State state, std::chrono::milliseconds patience);
    void set_reading_deadline();

    const Clock& clock_;
    Peer peer_;
    Incoming incoming_;
    std::string out_;
    std::size_t written_ = 0;
    State state_ = State::greeting;
    Incoming::State part_ = Incoming::State::idle;
    Peer::Wait wait_ = Peer::Wait::nothing;
    MonoTime since_, part_since_, deadline_;
    bool last_ = false;
};

}  // namespace brygga::control
