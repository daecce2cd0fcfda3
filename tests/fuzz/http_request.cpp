// Requests from the network: however they come in pieces, they are understood or refused alike, and within bounds.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "control/incoming.h"

namespace {

using brygga::control::Incoming;

void require(bool holds) {
    if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    Incoming whole, slow;
    Incoming::State state = whole.feed(text), bit = slow.state();
    std::size_t at = 0;
    for (int requests = 0; requests < 20; ++requests) {
        while (at < text.size() && bit != Incoming::State::done && bit != Incoming::State::failed)
            bit = slow.feed(text.substr(at++, 1));
        require(state == bit);
        require(whole.body_bytes() == slow.body_bytes() && whole.body_bytes() <= Incoming::largest_body);
        if (state == Incoming::State::failed) {
            require(whole.refusal().status == slow.refusal().status && whole.refusal().status >= 400);
            break;
        }
        if (state != Incoming::State::done) break;
        const auto one = whole.take("a"), other = slow.take("a");
        require(static_cast<bool>(one) == static_cast<bool>(other));
        require(!one || (one->method == other->method && one->path == other->path && one->body == other->body &&
                         one->query == other->query && one->authorization == other->authorization));
        state = whole.next();
        bit = slow.next();
    }
    return 0;
}
