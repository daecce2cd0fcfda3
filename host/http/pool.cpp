#include "http/pool.h"

#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>

#include <algorithm>
#include <charconv>

namespace brygga::http {

namespace {

using std::chrono::milliseconds;

std::string key_of(const Url& url) { return (url.tls ? "s " : "p ") + url.host + " " + std::to_string(url.port); }

std::string_view bytes_of(const Poco::Net::IPAddress& address) {
    return {static_cast<const char*>(address.addr()), static_cast<std::size_t>(address.length())};
}

Error unresolved() {
    return {.error_class = ErrorClass::transient,
            .code = "http.connect",
            .message = "the name of the server cannot be resolved",
            .remedy = "Check the address in the connection's config and the name servers of this computer."};
}

std::vector<std::string> resolve_by_system(const std::string& host) {
    std::vector<std::string> out;
    try {
        const Poco::Net::HostEntry entry = Poco::Net::DNS::hostByName(host, Poco::Net::DNS::DNS_HINT_NONE);
        for (const auto& address : entry.addresses()) out.push_back(address.toString());
    } catch (const Poco::Exception&) {
        out.clear();
    }
    return out;
}

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

Expected<std::vector<Poco::Net::SocketAddress>> Pool::addresses(const Url& url) const {
    const bool literal = is_address_literal(url.host);
    const auto texts = literal            ? std::vector{url.host}
                       : options_.resolve ? options_.resolve(url.host)
                                          : resolve_by_system(url.host);
    std::vector<Poco::Net::SocketAddress> out;
    for (const std::string& text : texts) {
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(text, address)) continue;
        // A name that leads into the own network may be an attack (DNS rebinding); an operator who means an
        // address of the own network writes the address itself.
        const bool fits = is_loopback_name(url.host) ? is_loopback_address(bytes_of(address))
                                                     : literal || is_public_address(bytes_of(address));
        if (!fits)
            return Error{.error_class = ErrorClass::misconfigured,
                         .code = "http.host",
                         .message = "Nothing was sent to " + url.authority() +
                                    ": the name leads to an address that is not on the public internet.",
                         .remedy =
                             "Check the name and the name servers of this computer; a server in the own network is "
                             "given by its address."};
        out.emplace_back(address, url.port);
    }
    if (out.empty()) return unresolved();
    return out;
}

Expected<std::unique_ptr<Wire>> Pool::connect(const Url& url, const Patience& patience) {
    const auto list = addresses(url);
    if (!list) return list.error();
    Poco::Net::Context::Ptr tls;
    if (url.tls) {
        auto made = context();
        if (!made) return made.error();
        tls = *made;
    }
    Error last = unresolved();
    for (const auto& address : *list) {
        const Patience one{patience.clock, std::min(patience.until, patience.clock.mono() + options_.connect_timeout),
                           patience.stop};
        auto wire = Wire::open(address, url, tls, one);
        if (wire || wire.error().error_class != ErrorClass::transient) return wire;
        last = wire.error();
    }
    if (last.code == "http.timeout") last.code = "http.connect";
    return last;
}

}  // namespace brygga::http
