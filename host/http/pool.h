// Pool: the connections of one client, kept for the next request, each to a checked address. Safe on any thread; it
// never sends a request.
#pragma once

#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/client.h"
#include "http/url.h"
#include "http/wire.h"

namespace brygga::http {

class Pool {
public:
    Pool(const ClientOptions& options, const Clock& clock) : options_{options}, clock_{clock} {}

    /// One of max_connections places; waits for it. Errors: transient (http.timeout), cancelled.
    Expected<void> enter(const CallContext& call);
    void leave();

    /// A kept connection that is still quiet, or a new one. Errors: those of dial().
    Expected<std::unique_ptr<Wire>> take(const Url& url, const Patience& patience, bool only_new);
    /// Keeps it for the next request, for as long as the server's Keep-Alive header and reuse_age allow.
    void give_back(const Url& url, std::unique_ptr<Wire> wire, std::string_view keep_alive);

private:
    Expected<std::unique_ptr<Wire>> connect(const Url& url, const Patience& patience);
    Expected<Poco::Net::Context::Ptr> context();
    std::unique_ptr<Wire> take_kept(const std::string& key);

    const ClientOptions& options_;
    const Clock& clock_;
    std::mutex mutex_;
    std::condition_variable_any left_;
    int inside_ = 0;
    std::map<std::string, std::vector<std::unique_ptr<Wire>>> kept_;
    Poco::Net::Context::Ptr context_;
};

}  // namespace brygga::http
