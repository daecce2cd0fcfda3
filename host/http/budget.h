// BudgetBook: the request budgets of all connections of the process. A grant is given only when no window of
// per_s seconds, wherever it begins, would hold more than n of them; so neither a vendor's fixed minute nor its
// sliding one is ever exceeded, and a backlog still uses 98.5 % of it.
// Shared, safe on any thread. Waiting callers are served in the order in which they came. A 429 pauses a
// bucket and makes it a little smaller for a while. It sends nothing and knows no vendor.
#pragma once

#include <condition_variable>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/call.h"
#include "http/client.h"
#include "http/url.h"

namespace re2 {
class RE2;
}

namespace brygga::http {

/// One bucket by name; buckets with the same name are one.
struct BucketKey {
    std::string name;
    int n = 0;
    int per_s = 60;
};

class BudgetBook {
public:
    explicit BudgetBook(const Clock& clock) : clock_{clock} {}

    /// Waits for a grant of all these buckets together. Errors: rate_limited (http.budget) at once when the
    /// grant would come after the deadline, with retry_after; cancelled.
    Expected<void> acquire(const CallContext& call, const std::vector<BucketKey>& keys);
    /// The vendor said 429: nothing more before `pause` is over.
    void throttled(const std::vector<BucketKey>& keys, std::chrono::milliseconds pause);
    /// The vendor counted a call as more than one.
    void charge(const BucketKey& key, int extra);
    /// The vendor's own count of the running window is `used`; others may have a share in it.
    void observed(const BucketKey& key, int used);
    /// To be called after a clock that is moved by hand has moved.
    void wake();

    std::size_t waiting() const;
    std::size_t buckets() const;

private:
    struct Entry {
        MonoTime at;
        std::uint64_t ticket;
    };
    struct Bucket {
        int n = 0;
        MonoTime::duration window{}, guarded{};
        std::deque<Entry> entries;  ///< by time
        MonoTime paused_until = MonoTime::min();
        double share = 1;  ///< of n that may be used, as it was at share_at
        MonoTime share_at{};

        std::size_t limit(MonoTime at) const;
        MonoTime earliest(MonoTime from) const;
        void insert(Entry entry);
    };
    struct Ticket {
        std::uint64_t id;
        std::vector<Bucket*> buckets;
        MonoTime at;
    };

    Bucket& bucket(const BucketKey& key);
    void reserve(Ticket& ticket, MonoTime now);
    void withdraw(Ticket& ticket);
    void reserve_again(MonoTime now);
    void drop_idle(MonoTime now);

    const Clock& clock_;
    mutable std::mutex mutex_;
    std::condition_variable_any changed_;
    std::uint64_t version_ = 0, next_ticket_ = 1;
    std::map<std::string, std::unique_ptr<Bucket>, std::less<>> buckets_;
    std::list<Ticket*> waiting_;  ///< in order of arrival
};

/// The budgets of one client, ready for matching.
class BudgetTable {
public:
    /// owner: keeps budgets without a scope apart from those of other clients. Error: misconfigured
    /// (http.budget_pattern) for a malformed regular expression.
    static Expected<BudgetTable> create(std::vector<Budget> budgets, std::string owner);

    struct Match {
        std::vector<BucketKey> keys;
        std::vector<const Budget*> budgets;  ///< of the keys
    };
    Match match(std::string_view method, const Url& url) const;

private:
    struct Row {
        Budget budget;
        std::shared_ptr<const re2::RE2> pattern;  ///< none: every path
        std::string prefix;
    };
    std::vector<Row> rows_;
};

}  // namespace brygga::http
