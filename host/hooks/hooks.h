// Hooks: calls of vendors. It registers at the vendors what flows wait for and ends what nobody waits for any more,
// takes their calls, has the connector verify them, and hints at the flows. A call is only a hint: nothing of it is
// believed, what has changed is read from the vendor. So nothing of it is stored: each flow that waits for hints reads
// once when a host starts, and what a crash took from memory is read then. Owned by app, one for each configuration.
// Threads: hook-in verifies, hook-reg registers. Public functions are safe on any thread; take() waits for nobody.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/call.h"
#include "base/log.h"
#include "base/secret.h"
#include "connector/connection.h"
#include "hooks/registration.h"
#include "store/store.h"

namespace brygga::hooks {

/// One request of a vendor.
struct Incoming {
    std::map<std::string, std::string> headers;  ///< names in lower case
    std::string body;
};

class Hooks {
public:
    /// connection -> event -> the entities whose flows wait for it
    using Wanted = std::map<std::string, std::map<std::string, std::vector<std::string>>>;
    using Hint = std::function<void(const std::string& connection, const std::string& entity)>;

    Hooks(std::string public_url, Wanted wanted, std::map<std::string, connector::Connection*> connections, Hint hint,
          store::Store& store, const Clock& clock, Log& log);
    ~Hooks();

    void start();
    void stop();

    /// A call at /hooks/{connection}/{key}. False when there is no such address. Of more calls than can be verified the
    /// key alone counts.
    bool take(const std::string& connection, const std::string& key, Incoming incoming);
    /// Everything that vendors would know and flows do not want goes, where its connection is not among those that
    /// stay; when it stands still. What a vendor does not take back is logged: its calls will find nobody.
    void release(const CallContext& call, const std::set<std::string>& staying);
    /// Of a connection: [{"event","entities","state": registered | pending | failing | leaving,"since","checked_at",
    /// "last_hint","hints","refused","error"}]
    Json view(const std::string& connection) const;
    struct Failing {
        std::string connection;
        Instant since{};
        Error error;
    };
    /// Connections whose vendor does not take a registration or give one back; polling goes on meanwhile.
    std::vector<Failing> failing() const;
    /// "webhook.EVENT.NAME" of a connection. Error: misconfigured, http.secret.
    Expected<Secret> secret(const std::string& connection, std::string_view name) const;

    /// What hook-in does again and again: verifies what has come. False when nothing had.
    bool verify(const CallContext& call);
    /// What hook-reg does: one step that is due. False when none is.
    bool settle(const CallContext& call);

private:
    struct Entry {
        Registration registration;
        std::vector<std::string> entities;  ///< empty: nobody waits for it
        std::deque<Incoming> incoming;      ///< to be verified
        int attempts = 0;                   ///< failed ones in a row
        MonoTime not_before{};
        std::optional<Error> error;
        Instant failing_since{};  ///< with an error
        std::optional<Instant> last_hint;
        std::int64_t hints = 0, refused = 0;  ///< since the start
    };
    using Id = std::pair<std::string, std::string>;  ///< connection, event

    bool load();
    Expected<void> save();
    Expected<void> perform(const CallContext& call, const Id& id, Step step);
    Expected<void> subscribe(const CallContext& call, const Id& id);
    Expected<void> unsubscribe(const CallContext& call, const Id& id);
    Expected<void> forget(const Id& id, bool silently);
    void failed(const Id& id, Error error);
    bool genuine(const CallContext& call, const Id& id, const std::string& url, const Incoming& incoming);
    void tell(const Id& id);

    const std::string public_url_;
    const Wanted wanted_;
    const std::map<std::string, connector::Connection*> connections_;
    const Hint hint_;
    store::Store& store_;
    const Clock& clock_;
    Log& log_;

    mutable std::mutex mutex_;
    std::condition_variable_any wake_, rest_;  ///< of hook-in, of hook-reg
    bool loaded_ = false;
    std::map<Id, Entry> entries_;
    std::map<std::string, Id> by_key_;  ///< hash of connection and key
    std::vector<std::jthread> threads_;
};

}  // namespace brygga::hooks
