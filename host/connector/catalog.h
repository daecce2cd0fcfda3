// Catalog: what the host knows about one target connection: its index of customers, products and documents
// (rows in the Store, read incrementally), the options of its kinds and what its account can do.
// Owned by app, one for each connection that is a target; safe on any thread. At most one read of a thing is
// under way; who asks meanwhile waits for it and shares its result. It never writes to the target.
#pragma once

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/call.h"
#include "base/clock.h"
#include "base/log.h"
#include "connector/connection.h"
#include "schema/capabilities.h"
#include "store/store.h"

namespace brygga::connector {

class Catalog {
public:
    /// settle: how long a write may stay invisible at the target.
    Catalog(Connection& connection, store::Store& store, const Clock& clock, Log& log,
            std::chrono::milliseconds settle = {})
        : connection_{connection}, store_{store}, clock_{clock}, log_{log}, settle_{settle} {}

    /// Brings the index of one type up to date unless it was read within max_age: list() from the stored cursor.
    /// Pages that arrived stay, also when the call then fails.
    Expected<void> refresh(const CallContext& call, const std::string& type, std::chrono::milliseconds max_age);
    /// All of one type, whatever the index knows of it: what the target shows now.
    Expected<void> read_again(const CallContext& call, const std::string& type);
    /// From the index alone; `value` may be as people write it.
    Expected<std::vector<store::IndexRow>> find(const std::string& type, const std::string& by,
                                                std::string_view value) const;
    /// Asks the target itself and keeps the hits in the index. An empty answer means: it does not exist.
    /// since: the record cannot be older. Error unsupported when the target cannot be asked for this key.
    Expected<std::vector<store::IndexRow>> lookup(const CallContext& call, const std::string& type,
                                                  const std::string& by, std::string_view value,
                                                  std::optional<Instant> since);
    /// One record as the target holds it now, with all that a write could change; null when it is gone. It is not
    /// kept. kind: among those of this kind, empty for all. Error unsupported when the target cannot be asked for it.
    Expected<Json> read(const CallContext& call, const std::string& type, const std::string& kind,
                        const std::string& id) const;
    /// Whether the target still has this record; one that is gone leaves the index.
    Expected<bool> exists(const CallContext& call, const std::string& type, const std::string& id);
    /// The first fill of the documents dated from `from` (ISO date); does nothing once one from no later date is done.
    /// type: "document", or "quote", whose records the target lists apart.
    /// After a restoration of the store it is filled again, when what was written before it has settled; until then
    /// the error catalog.settling (rate_limited).
    Expected<void> fill_documents(const CallContext& call, const std::string& type, const std::string& from);

    /// Array of {"id","label","active","attributes"}. When the target does not answer, an older list serves.
    Expected<std::shared_ptr<const Json>> options(const CallContext& call, const std::string& kind,
                                                  std::chrono::milliseconds max_age);
    void forget_options(const std::string& kind);
    /// Manifest and describe(); the answer is kept for a day.
    Expected<std::shared_ptr<const schema::Capabilities>> capabilities(const CallContext& call);
    void forget_capabilities();

    /// A row as list, find and deliver give it, with normalised keys.
    static store::IndexRow row_of(const std::string& type, const Json& row);
    static Json json_of(const store::IndexRow& row);
    /// For comparison: e-mails, numbers and phones in one form; other keys trimmed, without regard to case.
    static std::string normalise(std::string_view by, std::string_view value);

private:
    struct Kept {
        std::shared_ptr<const Json> document;
        Instant at;
    };
    class Turn;

    Expected<Json> question(const std::string& type, const std::string& by, std::string_view value) const;
    Expected<void> amend(const CallContext& call, const std::string& type, const std::vector<store::IndexRow>& rows);
    Expected<void> read_list(const CallContext& call, const std::string& type, const std::string& from,
                             std::string cursor);
    Expected<void> read_changes(const CallContext& call, const std::string& type, const std::string& from);
    Expected<Json> read_options(const CallContext& call, const std::string& kind);
    std::optional<Kept> kept(const std::string& name);
    void keep(const std::string& name, const Json& document, Instant at);
    void forget(const std::string& name);
    std::int64_t restoration() const;
    Expected<void> settled() const;
    std::string scope() const { return "catalog:" + connection_.id(); }

    Connection& connection_;
    store::Store& store_;
    const Clock& clock_;
    Log& log_;
    const std::chrono::milliseconds settle_;

    mutable std::mutex mutex_;
    std::condition_variable_any freed_;
    std::map<std::string, bool, std::less<>> busy_;  // by name of the thing that is being read
    std::map<std::string, Kept, std::less<>> kept_;  // documents by the name of their fact
    std::shared_ptr<const schema::Capabilities> capabilities_;
    Instant capabilities_at_{};
};

}  // namespace brygga::connector
