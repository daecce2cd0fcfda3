#include "http/pool.h"

#include <algorithm>
#include <charconv>

#include "http/dial.h"

namespace brygga::http {

namespace {

using std::chrono::milliseconds;

std::string key_of(const Url& url) { return (url.tls ? "s " : "p ") + url.host + " " + std::to_string(url.port); }

}  // namespace

Expected<void> Pool::enter(const CallContext& call) {
    std::unique_lock lock{mutex_};
    const auto free = [&] { return inside_ < std::max(1, options_.max_connections); };
    if (!free()) {
        const auto patience = std::min<MonoTime::duration>(call.deadline - clock_.mono(), std::chrono::hours{1});
        left_.wait_for(lock, call.stop, patience, free);
        if (call.cancelled())
            return Error{.error_class = ErrorClass::cancelled,
                         .code = "http.cancelled",
                         .message = "the call was cancelled",
                         .remedy = ""};
        if (!free())
            return Error{.error_class = ErrorClass::transient,
                         .code = "http.timeout",
                         .message = "all connections of this account were busy; nothing was sent",
                         .remedy = "The call is repeated. If it lasts, the vendor answers slowly."};
    }
    ++inside_;
    return {};
}

void Pool::leave() {
    {
        const std::lock_guard lock{mutex_};
        --inside_;
    }
    left_.notify_one();
}

std::unique_ptr<Wire> Pool::take_kept(const std::string& key) {
    const std::lock_guard lock{mutex_};
    const MonoTime now = clock_.mono();
    std::unique_ptr<Wire> found;
    for (auto& [name, wires] : kept_) {
        std::erase_if(wires, [&](const auto& wire) { return now - wire->idle_since > wire->reusable_for; });
        while (name == key && !found && !wires.empty()) {
            found = std::move(wires.back());
            wires.pop_back();
            if (!found->is_quiet()) found.reset();
        }
    }
    std::erase_if(kept_, [](const auto& named) { return named.second.empty(); });
    return found;
}

Expected<std::unique_ptr<Wire>> Pool::take(const Url& url, const Patience& patience, bool only_new) {
    if (!only_new)
        if (auto kept = take_kept(key_of(url))) return kept;
    return connect(url, patience);
}

void Pool::give_back(const Url& url, std::unique_ptr<Wire> wire, std::string_view keep_alive) {
    wire->reusable_for = options_.reuse_age;
    if (const auto at = keep_alive.find("timeout="); at != std::string_view::npos) {
        std::int64_t seconds = 0;
        const std::string_view text = keep_alive.substr(at + 8);
        std::from_chars(text.data(), text.data() + text.size(), seconds);
        // The server counts from its own side of the network: 0.8 of its time is safe.
        const milliseconds theirs{std::clamp<std::int64_t>(seconds, 0, 3600) * 800};
        wire->reusable_for = std::min<MonoTime::duration>(wire->reusable_for, theirs);
    }
    wire->idle_since = clock_.mono();
    wire->used_before = true;
    const std::lock_guard lock{mutex_};
    auto& wires = kept_[key_of(url)];
    if (wires.size() < static_cast<std::size_t>(std::max(1, options_.max_connections)))
        wires.push_back(std::move(wire));
}

Expected<Poco::Net::Context::Ptr> Pool::context() {
    const std::lock_guard lock{mutex_};
    if (context_.isNull()) {
        auto made = make_tls_context(options_.extra_ca_file);
        if (!made) return made.error();
        context_ = *made;
    }
    return context_;
}

Expected<std::unique_ptr<Wire>> Pool::connect(const Url& url, const Patience& patience) {
    Poco::Net::Context::Ptr tls;
    if (url.tls) {
        auto made = context();
        if (!made) return made.error();
        tls = *made;
    }
    return dial({url.host, url.port, options_.egress}, tls, patience, options_.connect_timeout, options_.resolve);
}

}  // namespace brygga::http
