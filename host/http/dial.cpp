#include "http/dial.h"

#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>

#include <algorithm>

#include "http/url.h"

namespace brygga::http {

namespace {

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

Expected<std::vector<Poco::Net::SocketAddress>> addresses(const Destination& to, const Resolve& resolve) {
    const bool literal = is_address_literal(to.host);
    const auto texts = literal ? std::vector{to.host} : resolve ? resolve(to.host) : resolve_by_system(to.host);
    std::vector<Poco::Net::SocketAddress> out;
    for (const std::string& text : texts) {
        Poco::Net::IPAddress address;
        if (!Poco::Net::IPAddress::tryParse(text, address)) continue;
        // A name that leads into the own network may be an attack (DNS rebinding).
        const bool allowed = to.egress == Egress::anywhere || (to.egress == Egress::by_address && literal);
        const bool fits = is_loopback_name(to.host) ? is_loopback_address(bytes_of(address))
                                                    : allowed || is_public_address(bytes_of(address));
        if (!fits)
            return Error{.error_class = ErrorClass::misconfigured,
                         .code = "http.host",
                         .message = "Nothing was sent to " + to.host + ": " +
                                    (literal ? "the address" : "the name leads to an address that") +
                                    " is not on the public internet.",
                         .remedy = to.egress == Egress::by_address
                                       ? "Check the name and the name servers of this computer; a server in the own "
                                         "network is given by its address."
                                       : "Check name and address; where a server in the own network is meant, allow it "
                                         "with allow_private: true."};
        out.emplace_back(address, to.port);
    }
    if (out.empty()) return unresolved();
    return out;
}

}  // namespace

Expected<std::unique_ptr<Wire>> dial(const Destination& to, const Poco::Net::Context::Ptr& context,
                                     const Patience& patience, std::chrono::milliseconds connect_timeout,
                                     const Resolve& resolve) {
    const auto list = addresses(to, resolve);
    if (!list) return list.error();
    Error last = unresolved();
    for (const auto& address : *list) {
        const Patience one{patience.clock, std::min(patience.until, patience.clock.mono() + connect_timeout),
                           patience.stop};
        auto wire = Wire::open(address, to.host, context, one);
        if (wire || wire.error().error_class != ErrorClass::transient) return wire;
        last = wire.error();
    }
    if (last.code == "http.timeout") last.code = "http.connect";
    return last;
}

}  // namespace brygga::http
