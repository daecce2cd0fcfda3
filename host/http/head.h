// Answer: an incremental parser of one HTTP/1.1 answer: head, then a body by length, by chunks or until the
// end of the connection. Owned by one exchange, one thread. Input is hostile: sizes are bounded, anything
// that two parsers could read differently is refused, and a body that ends early is an error.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/client.h"

namespace brygga::http {

struct AnswerLimits {
    std::size_t head_bytes = 64u << 10;
    std::size_t headers = 200;
    std::size_t body_bytes = 32u << 20;
};

class Answer {
public:
    enum class State : std::uint8_t { more, done, failed };

    /// bodiless: the request was HEAD.
    Answer(bool bodiless, AnswerLimits limits) : bodiless_{bodiless}, limits_{limits} {}

    /// Takes bytes as they come.
    State feed(std::string_view data);
    /// The connection has ended: done for a body that ends with it, else failed.
    State end();

    bool begun() const noexcept { return begun_; }
    /// Whether the connection may carry another request: a whole answer and not a byte more.
    bool keeps_connection() const noexcept;
    /// Why it failed, without a byte of the answer; "cut" for an answer that ended early.
    std::string_view fault() const noexcept { return fault_; }
    bool cut() const noexcept { return cut_; }
    Response& response() noexcept { return response_; }

private:
    enum class Part : std::uint8_t {
        head,
        counted,
        until_end,
        chunk_size,
        chunk_data,
        chunk_end,
        trailer,
        done,
        failed
    };

    State fail(std::string_view fault);
    State state() const noexcept;
    void step();
    void take_head();
    bool read_status_line(std::string_view line);
    bool read_header(std::string_view line);
    void choose_body();
    bool take_line(std::string_view& line);
    void take_chunk_size();
    void take_trailer();
    void take_body(Part next);

    bool bodiless_;
    AnswerLimits limits_;
    Response response_;
    std::string buffer_;  ///< not yet understood
    std::size_t at_ = 0;  ///< everything before it is done with
    Part part_ = Part::head;
    std::uint64_t left_ = 0;  ///< of the counted body or of the chunk
    std::size_t trailer_bytes_ = 0;
    int interim_ = 0;
    int minor_ = 1;
    bool begun_ = false, cut_ = false;
    std::string_view fault_;
};

}  // namespace brygga::http
