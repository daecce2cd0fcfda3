// Incoming: an incremental parser of the requests of one connection, one after the other: head, then a body by length
// or by chunks. Owned by one Connection, one thread; pure. Input is hostile: sizes are bounded, and what two parsers
// could read differently (a length given twice, a length with chunks, a missing host) is refused before anybody acts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/api.h"

namespace brygga::control {

class Incoming {
public:
    static constexpr std::size_t largest_head = 16u << 10, largest_target = 4096, largest_body = 1u << 20,
                                 largest_hook = 64u << 10;
    static constexpr std::size_t most_headers = 100;

    /// idle: not a byte of it has come.
    enum class State : std::uint8_t { idle, head, body, done, failed };

    /// Takes bytes as they come; what follows a whole request is kept for next().
    State feed(std::string_view data);
    /// Forgets the request that is done, and goes on with what has come after it.
    State next();
    State state() const noexcept;
    /// How much of the body has come.
    std::size_t body_bytes() const noexcept { return request_.body.size(); }
    /// The client waits for a word before it sends the body. True once.
    bool wants_continue() noexcept;

    /// Of a request that is done. Error response: its query cannot be read.
    Expected<Request> take(std::string client);
    bool is_head() const noexcept { return request_.method == "HEAD"; }
    /// Whether the connection may carry another request after this one.
    bool keeps_connection() const noexcept { return keeps_; }
    /// What is wrong with one that has failed.
    const Response& refusal() const noexcept { return refusal_; }

private:
    enum class Part : std::uint8_t { head, counted, chunk_size, chunk_data, chunk_end, trailer, done, failed };

    bool fail(int status, std::string_view type, std::string_view detail);
    bool malformed(std::string_view detail) { return fail(400, "request.malformed", detail); }
    void step();
    void take_head();
    bool read_request_line(std::string_view line);
    bool read_header(std::string_view line);
    bool choose_body();
    bool too_large();
    bool take_line(std::string_view& line);
    void take_chunk_size();
    void take_body(Part next);
    /// The value of the only header with this name; empty when there is none.
    std::string_view header(std::string_view name) const noexcept;

    Request request_;
    std::string target_;
    std::vector<std::pair<std::string, std::string>> headers_;  ///< names in lower case
    Response refusal_;
    std::string buffer_;  ///< not yet understood
    std::size_t at_ = 0;  ///< everything before it is done with
    Part part_ = Part::head;
    std::uint64_t left_ = 0;  ///< of the counted body or of the chunk
    std::size_t most_body_ = largest_body;
    int minor_ = 1;
    bool keeps_ = false, wants_continue_ = false;
};

}  // namespace brygga::control
