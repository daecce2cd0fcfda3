#include "control/incoming.h"

#include <Poco/Exception.h>
#include <Poco/URI.h>

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/ascii.h"
#include "base/http_grammar.h"
#include "control/answers.h"

namespace brygga::control {

using namespace http_grammar;

namespace {

constexpr std::size_t largest_line = 1024;  // between chunks

/// Headers that decide what a request means: two of them could be two requests.
constexpr std::string_view single[] = {"host",          "content-length",  "transfer-encoding", "expect",
                                       "authorization", "idempotency-key", "if-match"};

/// application/json, and what is written in it (RFC 6839); whatever its parameters.
bool is_json_type(std::string_view text) {
    const std::string type = lower_ascii(trimmed(text.substr(0, text.find(';'))));
    return type == "application/json" || (type.starts_with("application/") && type.ends_with("+json"));
}
bool is_host_char(char c) noexcept {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view{".-_:[]%~"}.find(c) != std::string_view::npos;
}

}  // namespace

Incoming::State Incoming::state() const noexcept {
    switch (part_) {
        case Part::head:
            return buffer_.empty() ? State::idle : State::head;
        case Part::done:
            return State::done;
        case Part::failed:
            return State::failed;
        default:
            return State::body;
    }
}

bool Incoming::fail(int status, std::string_view type, std::string_view detail) {
    refusal_ = problem(status, type, std::string{detail});
    keeps_ = false;
    part_ = Part::failed;
    return false;
}

Incoming::State Incoming::feed(std::string_view data) {
    buffer_.append(data);
    Part before;
    std::size_t position;
    do {
        before = part_;
        position = at_;
        step();
    } while (part_ != Part::done && part_ != Part::failed && (part_ != before || at_ != position));
    buffer_.erase(0, at_);
    at_ = 0;
    return state();
}

Incoming::State Incoming::next() {
    request_ = {};
    headers_.clear();
    keeps_ = wants_continue_ = false;
    part_ = Part::head;
    return feed({});
}

bool Incoming::wants_continue() noexcept { return std::exchange(wants_continue_, false); }

void Incoming::step() {
    std::string_view line;
    switch (part_) {
        case Part::head:
            take_head();
            break;
        case Part::counted:
            take_body(Part::done);
            break;
        case Part::chunk_size:
            take_chunk_size();
            break;
        case Part::chunk_data:
            take_body(Part::chunk_end);
            break;
        case Part::chunk_end:
            if (!take_line(line)) break;
            if (line.empty())
                part_ = Part::chunk_size;
            else
                malformed("A chunk is longer than its size.");
            break;
        case Part::trailer:
            if (!take_line(line)) break;
            if (line.empty())
                part_ = Part::done;
            else
                malformed("Trailers are not taken.");
            break;
        case Part::done:
        case Part::failed:
            break;
    }
}

void Incoming::take_head() {
    const auto end = buffer_.find(blank_line);
    if (is_longer(buffer_, end, blank_line, largest_head)) {
        const auto first = buffer_.find(line_end);
        if (first > largest_target)
            fail(414, "uri.too_long", "The address is longer than 4096 characters.");
        else
            fail(431, "head.too_large", "The head of the request is larger than 16 KiB.");
        return;
    }
    if (end == std::string::npos) return;
    std::string_view lines = std::string_view{buffer_}.substr(0, end);
    for (bool first = true; first || !lines.empty(); first = false) {
        const auto stop = std::min(lines.find(line_end), lines.size());
        const std::string_view line = lines.substr(0, stop);
        lines.remove_prefix(std::min(stop + line_end.size(), lines.size()));
        if (!(first ? read_request_line(line) : read_header(line))) return;
    }
    at_ = end + blank_line.size();
    choose_body();
}

bool Incoming::read_request_line(std::string_view line) {
    const auto first = line.find(' '), last = line.rfind(' ');
    if (first == std::string_view::npos || last == first) return malformed("It does not begin with a request line.");
    const std::string_view method = line.substr(0, first), target = line.substr(first + 1, last - first - 1),
                           version = line.substr(last + 1);
    if (!is_token(method) || method.size() > 20) return malformed("The method is none.");
    if (target.size() > largest_target) return fail(414, "uri.too_long", "The address is longer than 4096 characters.");
    const bool printable = std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7f && c != '#'; });
    if (!target.starts_with('/') || !printable) return fail(400, "uri.invalid", "The address cannot be read.");
    if (version != "HTTP/1.1" && version != "HTTP/1.0")
        return fail(505, "version.unsupported", "Only HTTP/1.1 and HTTP/1.0 are spoken.");
    minor_ = version.back() - '0';
    request_.method = method;
    target_ = target;
    return true;
}

bool Incoming::read_header(std::string_view line) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return malformed("A header is malformed.");
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!std::ranges::all_of(value, is_value_char)) return malformed("A header has control characters.");
    if (headers_.size() >= most_headers) return fail(431, "head.too_large", "The request has more than 100 headers.");
    std::string name = lower_ascii(line.substr(0, colon));
    const bool known = std::ranges::any_of(headers_, [&](const auto& header) { return header.first == name; });
    if (known && std::ranges::count(single, name) > 0) return malformed("A header stands twice that may stand once.");
    headers_.emplace_back(std::move(name), value);
    return true;
}

std::string_view Incoming::header(std::string_view name) const noexcept {
    for (const auto& [key, value] : headers_)
        if (key == name) return value;
    return {};
}

bool Incoming::choose_body() {
    const auto has = [&](std::string_view name) {
        return std::ranges::any_of(headers_, [&](const auto& header) { return header.first == name; });
    };
    const std::string_view host = header("host");
    if ((minor_ == 1 || has("host")) && (host.empty() || !std::ranges::all_of(host, is_host_char)))
        return malformed("The header Host is missing or malformed.");
    most_body_ = target_.starts_with(hooks_path) ? largest_hook : largest_body;
    keeps_ = minor_ == 1 && lower_ascii(header("connection")).find("close") == std::string::npos;
    if (has("expect") && lower_ascii(header("expect")) != "100-continue")
        return fail(417, "expect.unknown", "Nothing but 100-continue can be expected.");
    if (has("transfer-encoding")) {
        if (lower_ascii(header("transfer-encoding")) != "chunked" || has("content-length") || minor_ == 0)
            return malformed("How long the body is can be read in two ways.");
        part_ = Part::chunk_size;
    } else if (has("content-length")) {
        const auto length = whole_number(header("content-length"));
        if (!length) return malformed("The length of the body is malformed.");
        if (*length > most_body_) return too_large();
        left_ = *length;
        part_ = left_ == 0 ? Part::done : Part::counted;
    } else {
        part_ = Part::done;
    }
    if (part_ != Part::done && !target_.starts_with(hooks_path) && has("content-type") &&
        !is_json_type(header("content-type")))
        return fail(415, "body.type", "A body is JSON. Send it with Content-Type: application/json.");
    wants_continue_ = has("expect") && minor_ == 1 && part_ != Part::done;
    return true;
}

bool Incoming::too_large() {
    return fail(413, "body.refused", fmt::format("The body is larger than {} KiB.", most_body_ >> 10));
}

bool Incoming::take_line(std::string_view& line) {
    const std::string_view rest = std::string_view{buffer_}.substr(at_);
    const auto end = rest.find(line_end);
    if (is_longer(rest, end, line_end, largest_line)) return malformed("A line between its chunks is too long.");
    if (end == std::string_view::npos) return false;
    line = rest.substr(0, end);
    at_ += end + line_end.size();
    return true;
}

void Incoming::take_chunk_size() {
    std::string_view line;
    if (!take_line(line)) return;
    const auto size = whole_number(line.substr(0, line.find(';')), 16);
    if (!size) {
        malformed("The size of a chunk is malformed.");
        return;
    }
    left_ = *size;
    part_ = left_ == 0 ? Part::trailer : Part::chunk_data;
}

void Incoming::take_body(Part next) {
    const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(left_, buffer_.size() - at_));
    if (left_ > most_body_ || request_.body.size() + count > most_body_) {
        too_large();
        return;
    }
    request_.body.append(buffer_, at_, count);
    at_ += count;
    left_ -= count;
    if (left_ == 0) part_ = next;
}

Expected<Request> Incoming::take(std::string client) {
    request_.path = target_.substr(0, target_.find('?'));
    if (request_.path.size() < target_.size()) {
        try {
            for (const auto& [name, value] : Poco::URI{target_}.getQueryParameters()) request_.query[name] = value;
        } catch (const Poco::Exception&) {
            return Error{ErrorClass::rejected, "uri.invalid", "The address cannot be read.", ""};
        }
    }
    request_.authorization = header("authorization");
    request_.idempotency_key = header("idempotency-key");
    request_.if_match = header("if-match");
    request_.client = std::move(client);
    if (request_.path.starts_with(hooks_path)) request_.headers.insert(headers_.begin(), headers_.end());
    Request out = std::move(request_);
    request_ = {};
    request_.method = out.method;  // is_head() is asked until next()
    return out;
}

}  // namespace brygga::control
