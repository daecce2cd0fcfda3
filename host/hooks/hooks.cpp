#include "hooks/hooks.h"

#include <pthread.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "base/error_json.h"

namespace brygga::hooks {

namespace {

using std::chrono::seconds;

constexpr seconds looks_every{2}, first_wait{30}, longest_wait{3'600}, call_deadline{30}, verify_deadline{2};
/// More wait for a verification than anybody needs: then the key alone counts.
constexpr std::size_t most_unverified = 8;
const std::string store_connection, store_name = "webhooks";

Json instant(const std::optional<Instant>& at) { return at && *at != Instant{} ? Json{to_rfc3339(*at)} : Json{}; }

Json request_of(const Registration& r) {
    return Json::object({{"id", r.id}, {"events", Json::array({r.event})}, {"url", r.url()}});
}

/// Without the key, should a connector have named the address.
Error without_key(Error error, const std::string& key) {
    for (std::string* text : {&error.message, &error.remedy})
        for (std::size_t at = 0; (at = text->find(key, at)) != std::string::npos;) text->replace(at, key.size(), "…");
    return error;
}

}  // namespace

Hooks::Hooks(std::string public_url, Wanted wanted, std::map<std::string, connector::Connection*> connections,
             Hint hint, store::Store& store, const Clock& clock, Log& log)
    : public_url_{std::move(public_url)},
      wanted_{std::move(wanted)},
      connections_{std::move(connections)},
      hint_{std::move(hint)},
      store_{store},
      clock_{clock},
      log_{log} {
    load();  // so that a vendor's call finds its address from the first moment on
}

Hooks::~Hooks() { stop(); }

void Hooks::start() {
    load();  // what an earlier configuration has done meanwhile
    threads_.emplace_back([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "hook-in");
        while (!stop.stop_requested()) {
            if (verify({clock_.mono() + verify_deadline, stop, "webhook", false})) continue;
            std::unique_lock lock{mutex_};
            wake_.wait(lock, stop, [&] {
                return std::ranges::any_of(entries_, [](const auto& e) { return !e.second.incoming.empty(); });
            });
        }
    });
    threads_.emplace_back([this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "hook-reg");
        while (!stop.stop_requested()) {
            if (settle({clock_.mono() + call_deadline, stop, "webhook", false})) continue;
            std::unique_lock lock{mutex_};
            rest_.wait_for(lock, stop, looks_every, [] { return false; });
        }
    });
}

void Hooks::stop() {
    for (auto& thread : threads_) thread.request_stop();
    threads_.clear();
}

// ---- calls of vendors --------------------------------------------------------------------------

bool Hooks::take(const std::string& connection, const std::string& key, Incoming incoming) {
    const std::string hash = key_hash(connection, key);
    const std::scoped_lock lock{mutex_};
    const auto found = by_key_.find(hash);
    if (found == by_key_.end()) return false;
    Entry& entry = entries_.at(found->second);
    if (entry.entities.empty()) return true;
    if (entry.incoming.size() < most_unverified) {
        entry.incoming.push_back(std::move(incoming));
        wake_.notify_all();
        return true;
    }
    tell(found->second);
    return true;
}

/// A hint that counts; mutex_ is held. Nothing that the hint calls calls back.
void Hooks::tell(const Id& id) {
    Entry& entry = entries_.at(id);
    ++entry.hints;
    entry.last_hint = clock_.now();
    for (const std::string& entity : entry.entities) hint_(id.first, entity);
}

bool Hooks::verify(const CallContext& call) {
    Id id;
    std::deque<Incoming> came;
    std::string url;
    {
        const std::scoped_lock lock{mutex_};
        const auto found = std::ranges::find_if(entries_, [](const auto& e) { return !e.second.incoming.empty(); });
        if (found == entries_.end()) return false;
        id = found->first;
        came.swap(found->second.incoming);
        url = found->second.registration.url();
    }
    // One that counts is as good as all of them: they came before the run that it asks for.
    const auto is_genuine = [&](const Incoming& incoming) { return genuine(call, id, url, incoming); };
    const bool counts = std::ranges::any_of(came, is_genuine);
    const std::scoped_lock lock{mutex_};
    if (counts && entries_.contains(id)) tell(id);
    return true;
}

bool Hooks::genuine(const CallContext& call, const Id& id, const std::string& url, const Incoming& incoming) {
    const auto connection = connections_.find(id.first);
    if (connection == connections_.end()) return false;
    Json headers = Json::object();
    for (const auto& [name, value] : incoming.headers) headers.set(name, value);
    const Json delivery = Json::object({{"headers", std::move(headers)},
                                        {"body_base64", crypto::base64(incoming.body)},
                                        {"url", url},
                                        {"event", id.second}});
    bool named = false;
    connector::RowSink sink;
    sink.row = [&](const Json&) { return named = true; };
    const auto decoded = connection->second->decode(call, delivery, sink);
    if (decoded) return named;
    // Whoever cannot say has not said no, and a poll too many does no harm.
    if (decoded.error().error_class != ErrorClass::rejected) return true;
    const std::scoped_lock lock{mutex_};
    const auto entry = entries_.find(id);
    if (entry != entries_.end() && ++entry->second.refused == 1)
        log_.warning("webhook.refused", Json::object({{"connection", id.first},
                                                      {"webhook", id.second},
                                                      {"code", decoded.error().code},
                                                      {"message", decoded.error().message}}));
    return false;
}

// ---- registrations -----------------------------------------------------------------------------

bool Hooks::load() {
    const auto text = store_.secret(store_connection, store_name);
    if (!text) return false;  // said by the store; tried again
    std::vector<Registration> known;
    if (*text) {
        auto read = from_text((*text)->reveal());
        if (!read) log_.error("webhook.unreadable", Json::object({{"message", "What is known of webhooks is lost."}}));
        known = std::move(read).value_or(std::vector<Registration>{});
    }
    const std::scoped_lock lock{mutex_};
    entries_.clear();
    by_key_.clear();
    for (Registration& r : known) {
        const Id id{r.connection, r.event};
        by_key_[key_hash(r.connection, r.key)] = id;
        entries_[id].registration = std::move(r);
    }
    for (const auto& [connection, events] : wanted_)
        for (const auto& [event, entities] : events) {
            Entry& entry = entries_[{connection, event}];
            entry.entities = entities;
            Registration& r = entry.registration;
            if (!r.key.empty()) continue;
            r.connection = connection;
            r.event = event;
            r.key = make_key();
            by_key_[key_hash(connection, r.key)] = {connection, event};
        }
    return loaded_ = true;
}

Expected<void> Hooks::save() {
    std::vector<Registration> all;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& [id, entry] : entries_)
            if (!entry.registration.base.empty()) all.push_back(entry.registration);
    }
    return store_.set_secret(store_connection, store_name, Secret{to_text(all)}, clock_.now());
}

bool Hooks::settle(const CallContext& call) {
    Id id;
    Step step = Step::none;
    {
        std::unique_lock lock{mutex_};
        if (!loaded_) {
            lock.unlock();
            return load();
        }
        for (const auto& [candidate, entry] : entries_) {
            if (clock_.mono() < entry.not_before) continue;
            step = next_step(entry.registration, !entry.entities.empty(), connections_.contains(candidate.first),
                             public_url_, clock_.now());
            id = candidate;
            if (step != Step::none) break;
        }
    }
    if (step == Step::none) return false;
    const auto done = perform(call, id, step);
    if (done) return true;
    if (call.cancelled()) return false;
    failed(id, done.error());
    return true;
}

Expected<void> Hooks::perform(const CallContext& call, const Id& id, Step step) {
    if (step == Step::subscribe) return subscribe(call, id);
    return step == Step::unsubscribe ? unsubscribe(call, id) : forget(id, false);
}

/// The address is stored before the vendor hears of it: an answer that is lost is asked for again.
Expected<void> Hooks::subscribe(const CallContext& call, const Id& id) {
    Registration r;
    bool first = false;
    {
        const std::scoped_lock lock{mutex_};
        Registration& own = entries_.at(id).registration;
        first = own.base.empty();
        own.base = public_url_;
        r = own;
    }
    if (first)
        if (const auto stored = save(); !stored) return stored.error();
    const auto answer = connections_.at(id.first)->subscribe(call, request_of(r));
    if (!answer) return answer.error();
    const std::string vendor_id{(*answer)["id"].text()};
    if (vendor_id.empty())
        return Error{ErrorClass::bug, "plugin.subscribe", "The connector registered and gave no id.",
                     "Update the connector, or tell its maker."};
    const bool is_new = r.id != vendor_id;
    {
        const std::scoped_lock lock{mutex_};
        Entry& entry = entries_.at(id);
        Registration& own = entry.registration;
        own.id = vendor_id;
        if (is_new) own.since = clock_.now();
        own.checked_at = clock_.now();
        own.secrets.clear();
        for (const auto& [name, value] : (*answer)["secrets"].members()) own.secrets[name] = value.string();
        entry.attempts = 0;
        entry.error.reset();
    }
    if (is_new) log_.info("webhook.registered", Json::object({{"connection", id.first}, {"webhook", id.second}}));
    return save();
}

Expected<void> Hooks::unsubscribe(const CallContext& call, const Id& id) {
    Registration r;
    bool wanted = false;
    {
        const std::scoped_lock lock{mutex_};
        r = entries_.at(id).registration;
        wanted = !entries_.at(id).entities.empty();
    }
    if (const auto ended = connections_.at(id.first)->unsubscribe(call, request_of(r)); !ended) return ended.error();
    log_.info("webhook.removed", Json::object({{"connection", id.first}, {"webhook", id.second}}));
    if (!wanted) return forget(id, true);
    {
        const std::scoped_lock lock{mutex_};
        Registration& own = entries_.at(id).registration;
        own.base.clear();
        own.id.clear();
    }
    return save();
}

Expected<void> Hooks::forget(const Id& id, bool silently) {
    {
        const std::scoped_lock lock{mutex_};
        const auto entry = entries_.find(id);
        silently = silently || entry->second.registration.base.empty();
        by_key_.erase(key_hash(id.first, entry->second.registration.key));
        entries_.erase(entry);
    }
    if (!silently)
        log_.warning("webhook.left_behind",
                     Json::object({{"connection", id.first},
                                   {"webhook", id.second},
                                   {"message", "The vendor may go on calling an address that nobody listens at."},
                                   {"remedy", "Remove the webhook at the vendor."}}));
    return save();
}

void Hooks::failed(const Id& id, Error error) {
    const std::scoped_lock lock{mutex_};
    const auto found = entries_.find(id);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    auto wait = std::min<std::chrono::milliseconds>(first_wait * (1 << std::min(entry.attempts, 10)), longest_wait);
    if (error.retry_after) wait = std::clamp<std::chrono::milliseconds>(*error.retry_after, wait, longest_wait);
    ++entry.attempts;
    entry.not_before = clock_.mono() + wait;
    const bool fresh = !entry.error || entry.error->code != error.code;
    if (!entry.error) entry.failing_since = clock_.now();
    entry.error = without_key(std::move(error), entry.registration.key);
    if (fresh)
        log_.warning("webhook.failed", Json::object({{"connection", id.first},
                                                     {"webhook", id.second},
                                                     {"code", entry.error->code},
                                                     {"message", entry.error->message},
                                                     {"remedy", entry.error->remedy}}));
}

void Hooks::release(const CallContext& call, const std::set<std::string>& staying) {
    std::vector<Id> leaving;
    {
        const std::scoped_lock lock{mutex_};
        for (const auto& [id, entry] : entries_)
            if (!staying.contains(id.first) && connections_.contains(id.first)) leaving.push_back(id);
    }
    for (const Id& id : leaving) {
        bool asked = false;
        {
            const std::scoped_lock lock{mutex_};
            entries_.at(id).entities.clear();
            asked = !entries_.at(id).registration.base.empty();
        }
        const bool ended = asked && unsubscribe(call, id);
        if (!ended) (void)forget(id, false);
    }
}

// ---- what people see ---------------------------------------------------------------------------

Json Hooks::view(const std::string& connection) const {
    const std::scoped_lock lock{mutex_};
    Json out = Json::array();
    for (const auto& [id, entry] : entries_) {
        if (id.first != connection) continue;
        Json entities = Json::array();
        for (const std::string& entity : entry.entities) entities.push(entity);
        const Registration& r = entry.registration;
        const std::string_view state = entry.entities.empty() ? "leaving"
                                       : entry.error          ? "failing"
                                       : r.id.empty()         ? "pending"
                                                              : "registered";
        out.push(Json::object({{"event", id.second},
                               {"entities", std::move(entities)},
                               {"state", state},
                               {"since", instant(r.since)},
                               {"checked_at", instant(r.checked_at)},
                               {"last_hint", instant(entry.last_hint)},
                               {"hints", entry.hints},
                               {"refused", entry.refused},
                               {"error", entry.error ? error_json(*entry.error) : Json{}}}));
    }
    return out;
}

std::vector<Hooks::Failing> Hooks::failing() const {
    const std::scoped_lock lock{mutex_};
    std::vector<Failing> out;
    for (const auto& [id, entry] : entries_) {
        if (!entry.error) continue;
        if (!out.empty() && out.back().connection == id.first)
            out.back().since = std::min(out.back().since, entry.failing_since);
        else
            out.push_back({id.first, entry.failing_since, *entry.error});
    }
    return out;
}

Expected<Secret> Hooks::secret(const std::string& connection, std::string_view name) const {
    const std::scoped_lock lock{mutex_};
    for (const auto& [id, entry] : entries_) {
        if (id.first != connection) continue;
        for (const auto& [own, value] : entry.registration.secrets)
            if (name == "webhook." + id.second + "." + own) return Secret{value};
    }
    return Error{ErrorClass::misconfigured, "http.secret", fmt::format("There is no secret '{}'.", name),
                 "It comes with the registration of the webhook at the vendor."};
}

}  // namespace brygga::hooks
