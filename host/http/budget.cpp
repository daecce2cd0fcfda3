#include "http/budget.h"

#include <algorithm>
#include <cmath>

#include <re2/re2.h>

namespace brygga::http {

namespace {

using std::chrono::milliseconds;

constexpr std::size_t max_buckets = 512;
constexpr std::int64_t pattern_memory = 1 << 20;
constexpr double smallest_share = 0.25, penalty = 0.9, recovery_per_window = 0.02;

Error over_budget(milliseconds wait) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
    return {.error_class = ErrorClass::rate_limited,
            .code = "http.budget",
            .message = "The request budget of this API is used up for another " + std::to_string(seconds) +
                       " s, longer than this call may take; nothing was sent.",
            .remedy = "Nothing needs to be done: the work goes on by itself when the budget allows.",
            .retry_after = wait};
}

Error was_cancelled() {
    return {.error_class = ErrorClass::cancelled,
            .code = "http.cancelled",
            .message = "The call was cancelled while it waited for the request budget; nothing was sent.",
            .remedy = ""};
}

}  // namespace

// ---- one bucket --------------------------------------------------------------------------------

std::size_t BudgetBook::Bucket::limit(MonoTime at) const {
    const double windows = std::max(0.0, std::chrono::duration<double>(at - share_at) / window);
    const double now = std::min(1.0, share + windows * recovery_per_window);
    return static_cast<std::size_t>(std::max(1.0, std::floor(n * now)));
}

MonoTime BudgetBook::Bucket::earliest(MonoTime from) const {
    MonoTime at = std::max(from, paused_until);
    for (;;) {
        const std::size_t most = limit(at);
        const auto place = static_cast<std::size_t>(
            std::upper_bound(entries.begin(), entries.end(), at, [](MonoTime t, const Entry& e) { return t < e.at; }) -
            entries.begin());
        if (place >= most && entries[place - most].at + guarded > at) {
            at = entries[place - most].at + guarded;
            continue;
        }
        // Grants that are already promised for later keep their distance too.
        bool fits = true;
        for (std::size_t i = place; fits && i < entries.size() && i < place + most; ++i) {
            if (i + 1 < most) continue;
            const std::size_t before = i + 1 - most;
            const MonoTime earlier = before < place ? entries[before].at : at;
            fits = entries[i].at - earlier >= guarded;
            if (!fits) at = entries[i].at;
        }
        if (fits) return at;
    }
}

void BudgetBook::Bucket::insert(Entry entry) {
    const auto place =
        std::upper_bound(entries.begin(), entries.end(), entry.at, [](MonoTime t, const Entry& e) { return t < e.at; });
    entries.insert(place, entry);
}

// ---- the book ----------------------------------------------------------------------------------

BudgetBook::Bucket& BudgetBook::bucket(const BucketKey& key) {
    const auto found = buckets_.find(key.name);
    if (found != buckets_.end()) return *found->second;
    if (buckets_.size() >= max_buckets) drop_idle(clock_.mono());
    auto made = std::make_unique<Bucket>();
    made->n = std::max(1, key.n);
    made->window = std::chrono::seconds{std::max(1, key.per_s)};
    // What left close together may arrive further apart or closer; 1.5 % covers the difference.
    made->guarded = made->window + made->window * 3 / 200;
    made->share_at = clock_.mono();
    return *buckets_.emplace(key.name, std::move(made)).first->second;
}

void BudgetBook::drop_idle(MonoTime now) {
    std::erase_if(buckets_, [&](const auto& named) {
        const Bucket& b = *named.second;
        const bool used = std::any_of(waiting_.begin(), waiting_.end(), [&](const Ticket* t) {
            return std::find(t->buckets.begin(), t->buckets.end(), &b) != t->buckets.end();
        });
        return !used && b.paused_until < now && b.limit(now) == static_cast<std::size_t>(b.n) &&
               (b.entries.empty() || b.entries.back().at + b.guarded < now);
    });
}

void BudgetBook::reserve(Ticket& ticket, MonoTime now) {
    MonoTime at = now;
    for (MonoTime before = MonoTime::min(); before != at;) {
        before = at;
        for (const Bucket* b : ticket.buckets) at = b->earliest(at);
    }
    ticket.at = at;
    for (Bucket* b : ticket.buckets) {
        while (!b->entries.empty() && b->entries.front().at + b->guarded < now) b->entries.pop_front();
        b->insert({at, ticket.id});
    }
}

void BudgetBook::withdraw(Ticket& ticket) {
    for (Bucket* b : ticket.buckets) std::erase_if(b->entries, [&](const Entry& e) { return e.ticket == ticket.id; });
}

void BudgetBook::reserve_again(MonoTime now) {
    for (Ticket* t : waiting_)
        if (t->at > now) withdraw(*t);
    for (Ticket* t : waiting_)
        if (t->at > now) reserve(*t, now);
    ++version_;
    changed_.notify_all();
}

Expected<void> BudgetBook::acquire(const CallContext& call, const std::vector<BucketKey>& keys) {
    if (keys.empty()) return {};
    std::unique_lock lock{mutex_};
    MonoTime now = clock_.mono();
    Ticket ticket{.id = next_ticket_++, .buckets = {}, .at = now};
    for (const BucketKey& key : keys) ticket.buckets.push_back(&bucket(key));
    reserve(ticket, now);
    if (ticket.at <= now) return {};
    const auto place = waiting_.insert(waiting_.end(), &ticket);
    const auto leave = [&](Error error) -> Expected<void> {
        waiting_.erase(place);
        withdraw(ticket);
        reserve_again(now);
        return error;
    };
    for (;;) {
        if (call.cancelled()) return leave(was_cancelled());
        if (ticket.at <= now) break;
        if (ticket.at > call.deadline) return leave(over_budget(std::chrono::ceil<milliseconds>(ticket.at - now)));
        const std::uint64_t seen = version_;
        changed_.wait_for(lock, call.stop, ticket.at - now, [&] { return version_ != seen; });
        now = clock_.mono();
    }
    waiting_.erase(place);
    return {};
}

void BudgetBook::throttled(const std::vector<BucketKey>& keys, milliseconds pause) {
    const std::lock_guard lock{mutex_};
    const MonoTime now = clock_.mono();
    for (const BucketKey& key : keys) {
        Bucket& b = bucket(key);
        // Several answers to one excess are one excess.
        if (b.paused_until <= now) {
            const double share = static_cast<double>(b.limit(now)) / b.n;
            b.share = std::max(smallest_share, share * penalty);
        }
        b.paused_until = std::max(b.paused_until, now + pause);
        b.share_at = b.paused_until;
    }
    reserve_again(now);
}

void BudgetBook::charge(const BucketKey& key, int extra) {
    if (extra <= 0) return;
    const std::lock_guard lock{mutex_};
    const MonoTime now = clock_.mono();
    Bucket& b = bucket(key);
    for (int i = 0; i < std::min(extra, b.n); ++i) b.insert({now, 0});
    reserve_again(now);
}

void BudgetBook::observed(const BucketKey& key, int used) {
    std::unique_lock lock{mutex_};
    const MonoTime now = clock_.mono();
    const Bucket& b = bucket(key);
    const auto known = std::count_if(b.entries.begin(), b.entries.end(),
                                     [&](const Entry& e) { return e.at <= now && e.at + b.window > now; });
    lock.unlock();
    charge(key, std::min(used, b.n) - static_cast<int>(known));
}

void BudgetBook::wake() {
    const std::lock_guard lock{mutex_};
    ++version_;
    changed_.notify_all();
}

std::size_t BudgetBook::waiting() const {
    const std::lock_guard lock{mutex_};
    return waiting_.size();
}

std::size_t BudgetBook::buckets() const {
    const std::lock_guard lock{mutex_};
    return buckets_.size();
}

std::shared_ptr<BudgetBook> make_budget_book(const Clock& clock) { return std::make_shared<BudgetBook>(clock); }

// ---- matching ----------------------------------------------------------------------------------

Expected<BudgetTable> BudgetTable::create(std::vector<Budget> budgets, std::string owner) {
    BudgetTable table;
    for (Budget& budget : budgets) {
        if (budget.n <= 0 || budget.per_s <= 0) continue;
        Row row;
        if (!budget.pattern.empty()) {
            RE2::Options options{RE2::Quiet};
            options.set_max_mem(pattern_memory);
            row.pattern = std::make_shared<const RE2>(budget.pattern, options);
            if (!row.pattern->ok())
                return Error{.error_class = ErrorClass::misconfigured,
                             .code = "http.budget_pattern",
                             .message = "A request budget of the connector's manifest has a malformed pattern.",
                             .remedy = "Report this to the author of the plugin."};
        }
        row.prefix = (budget.scope.empty() ? "connection " + owner : "scope " + budget.scope) + "|" + budget.method +
                     "|" + budget.pattern + "|" + std::to_string(budget.n) + "/" + std::to_string(budget.per_s) + "|";
        row.budget = std::move(budget);
        table.rows_.push_back(std::move(row));
    }
    return table;
}

BudgetTable::Match BudgetTable::match(std::string_view method, const Url& url) const {
    Match found;
    const std::string_view path = url.path();
    for (const Row& row : rows_) {
        if (!row.budget.method.empty() && row.budget.method != method) continue;
        if (row.pattern && !RE2::PartialMatch({path.data(), path.size()}, *row.pattern)) continue;
        BucketKey key{row.prefix, row.budget.n, row.budget.per_s};
        if (row.budget.per_url) key.name.append(url.authority()).append(path_pattern(path));
        found.keys.push_back(std::move(key));
        found.budgets.push_back(&row.budget);
    }
    return found;
}

}  // namespace brygga::http
