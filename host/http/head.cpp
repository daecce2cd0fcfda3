#include "http/head.h"

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/http_grammar.h"

namespace brygga::http {

using namespace http_grammar;

namespace {

constexpr int max_interim = 8;
constexpr std::size_t max_line = 1024;

}  // namespace

std::string_view Response::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers)
        if (key == name) return value;
    return {};
}

Answer::State Answer::state() const noexcept {
    if (part_ == Part::failed) return State::failed;
    return part_ == Part::done ? State::done : State::more;
}

Answer::State Answer::fail(std::string_view fault) {
    fault_ = fault;
    part_ = Part::failed;
    return State::failed;
}

Answer::State Answer::feed(std::string_view data) {
    begun_ = begun_ || !data.empty();
    buffer_.append(data);
    Part before;
    std::size_t position;
    do {
        before = part_;
        position = at_;
        step();
    } while (state() == State::more && (part_ != before || at_ != position));
    buffer_.erase(0, at_);
    at_ = 0;
    return state();
}

Answer::State Answer::end() {
    if (part_ == Part::until_end) part_ = Part::done;
    if (state() == State::more) {
        cut_ = true;
        fail(begun_ ? "it ended early" : "there was none");
    }
    return state();
}

bool Answer::keeps_connection() const noexcept {
    if (part_ != Part::done || !buffer_.empty()) return false;
    const std::string connection = lower_ascii(response_.header("connection"));
    if (minor_ == 0)
        return connection.find("keep-alive") != std::string::npos && !response_.header("content-length").empty();
    // A body that ended with the connection has no length; it is known by what it lacks.
    const bool framed = bodiless_ || response_.status == 204 || response_.status == 304 ||
                        !response_.header("content-length").empty() || !response_.header("transfer-encoding").empty();
    return framed && connection.find("close") == std::string::npos;
}

void Answer::step() {
    switch (part_) {
        case Part::head:
            take_head();
            break;
        case Part::counted:
            take_body(Part::done);
            break;
        case Part::until_end:
            left_ = buffer_.size() - at_;
            take_body(Part::until_end);
            break;
        case Part::chunk_size:
            take_chunk_size();
            break;
        case Part::chunk_data:
            take_body(Part::chunk_end);
            break;
        case Part::chunk_end: {
            std::string_view line;
            if (!take_line(line)) break;
            if (!line.empty())
                fail("a chunk is longer than its size");
            else
                part_ = Part::chunk_size;
            break;
        }
        case Part::trailer:
            take_trailer();
            break;
        case Part::done:
        case Part::failed:
            break;
    }
}

void Answer::take_head() {
    const std::string_view rest = std::string_view{buffer_}.substr(at_);
    const auto end = rest.find(blank_line);
    if (is_longer(rest, end, blank_line, limits_.head_bytes)) {
        fail("its head is too long");
        return;
    }
    if (end == std::string_view::npos) return;
    std::string_view lines = rest.substr(0, end);
    response_ = {};
    for (bool first = true; first || !lines.empty(); first = false) {
        const auto stop = std::min(lines.find(line_end), lines.size());
        const std::string_view line = lines.substr(0, stop);
        lines.remove_prefix(std::min(stop + line_end.size(), lines.size()));
        if (!(first ? read_status_line(line) : read_header(line))) return;
    }
    at_ += end + blank_line.size();
    if (response_.status >= 200) {
        choose_body();
    } else if (response_.status == 101 || ++interim_ > max_interim) {
        fail("it switches protocols or has too many interim answers");
    }
}

bool Answer::read_status_line(std::string_view line) {
    // HTTP/1.1 200 OK
    const bool known = line.size() >= 12 && line.starts_with("HTTP/1.") && (line[7] == '0' || line[7] == '1') &&
                       line[8] == ' ' && (line.size() == 12 || line[12] == ' ');
    const auto status = known ? whole_number<int>(line.substr(9, 3)) : std::nullopt;
    if (!status || *status < 100 || *status > 599) {
        fail("it does not begin with an HTTP/1.1 status line");
        return false;
    }
    minor_ = line[7] - '0';
    response_.status = *status;
    return true;
}

bool Answer::read_header(std::string_view line) {
    const auto colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    if (colon == std::string_view::npos || name.empty() || !std::all_of(name.begin(), name.end(), is_token_char)) {
        fail("a header is malformed");
        return false;
    }
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!std::all_of(value.begin(), value.end(), is_value_char)) {
        fail("a header has control characters");
        return false;
    }
    if (response_.headers.size() >= limits_.headers) {
        fail("it has too many headers");
        return false;
    }
    response_.headers.emplace_back(lower_ascii(name), value);
    return true;
}

void Answer::choose_body() {
    std::optional<std::uint64_t> length;
    bool chunked = false;
    for (const auto& [name, value] : response_.headers) {
        if (name == "content-length") {
            const auto one = whole_number<std::uint64_t>(value);
            if (!one || (length && *length != *one)) {
                fail("its content-length is malformed");
                return;
            }
            length = one;
        } else if (name == "transfer-encoding") {
            if (chunked || lower_ascii(value) != "chunked") {
                fail("its transfer-encoding is not understood");
                return;
            }
            chunked = true;
        }
    }
    if (chunked && (length || minor_ == 0)) {
        fail("it has both a length and chunks");
        return;
    }
    if (bodiless_ || response_.status == 204 || response_.status == 304) {
        part_ = Part::done;
    } else if (chunked) {
        part_ = Part::chunk_size;
    } else if (length) {
        left_ = *length;
        if (left_ > limits_.body_bytes) {
            fail("its body is too long");
            return;
        }
        response_.body.reserve(static_cast<std::size_t>(left_));
        part_ = left_ == 0 ? Part::done : Part::counted;
    } else {
        part_ = Part::until_end;
    }
}

bool Answer::take_line(std::string_view& line) {
    const std::string_view rest = std::string_view{buffer_}.substr(at_);
    const auto end = rest.find(line_end);
    if (is_longer(rest, end, line_end, max_line)) {
        fail("a line between its chunks is too long");
        return false;
    }
    if (end == std::string_view::npos) return false;
    line = rest.substr(0, end);
    at_ += end + line_end.size();
    return true;
}

void Answer::take_chunk_size() {
    std::string_view line;
    if (!take_line(line)) return;
    const auto size = whole_number<std::uint64_t>(trimmed(line.substr(0, line.find(';'))), 16);
    if (!size) {
        fail("the size of a chunk is malformed");
        return;
    }
    left_ = *size;
    part_ = left_ == 0 ? Part::trailer : Part::chunk_data;
}

void Answer::take_trailer() {
    std::string_view line;
    if (!take_line(line)) return;
    trailer_bytes_ += line.size();
    if (line.empty())
        part_ = Part::done;
    else if (trailer_bytes_ > limits_.head_bytes)
        fail("its trailer is too long");
}

void Answer::take_body(Part next) {
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size() - at_));
    if (left_ > limits_.body_bytes || response_.body.size() + count > limits_.body_bytes) {
        fail("its body is too long");
        return;
    }
    response_.body.append(buffer_, at_, count);
    at_ += count;
    left_ -= count;
    if (left_ == 0) part_ = next;
}

}  // namespace brygga::http
