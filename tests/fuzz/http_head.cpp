// Fuzz target: the parser of HTTP answers. The same bytes must mean the same however they are cut into pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "http/head.h"

namespace {

using brygga::http::Answer;

Answer::State parse(Answer& answer, std::string_view text, std::size_t piece) {
    Answer::State state = Answer::State::more;
    for (std::size_t i = 0; i < text.size() && state != Answer::State::failed; i += piece)
        state = answer.feed(text.substr(i, piece));
    return state == Answer::State::more ? answer.end() : state;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    const bool bodiless = data[0] & 1;
    const std::size_t piece = 1 + (data[0] >> 1);
    const std::string_view text{reinterpret_cast<const char*>(data + 1), size - 1};
    const brygga::http::AnswerLimits limits{.head_bytes = 256, .headers = 20, .body_bytes = 256};
    Answer whole{bodiless, limits}, pieces{bodiless, limits};
    const Answer::State a = parse(whole, text, text.size() + 1), b = parse(pieces, text, piece);
    if (whole.response().body.size() > limits.body_bytes || whole.response().headers.size() > limits.headers)
        std::abort();
    if (a != b) std::abort();
    if (a != Answer::State::done) return 0;
    const brygga::http::Response &one = whole.response(), &other = pieces.response();
    if (one.status != other.status || one.headers != other.headers || one.body != other.body) std::abort();
    if (whole.keeps_connection() != pieces.keeps_connection()) std::abort();
    return 0;
}
