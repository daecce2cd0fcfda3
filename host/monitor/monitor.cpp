#include "monitor/monitor.h"

#include <pthread.h>

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"

namespace brygga::monitor {

namespace {

constexpr std::chrono::seconds looks_every{5}, first_wait{10}, longest_wait{600}, send_deadline{20};
constexpr std::chrono::hours gives_up_after{24};
constexpr std::size_t most_due = 1'000;

bool wants(const settings::Channel& channel, const Alert& alert) {
    return channel.severity != "critical" || alert.severity() == "critical";
}

}  // namespace

Monitor::Monitor(std::vector<settings::Channel> channels, std::string url, std::function<Expected<View>()> view,
                 Send send, store::Store& store, const Clock& clock, Log& log)
    : channels_{std::move(channels)},
      url_{std::move(url)},
      view_{std::move(view)},
      send_{std::move(send)},
      store_{store},
      clock_{clock},
      log_{log} {}

Monitor::~Monitor() { stop(); }

void Monitor::start() {
    thread_ = std::jthread{[this](const std::stop_token& stop) {
        pthread_setname_np(pthread_self(), "alert");
        while (!stop.stop_requested()) {
            turn({clock_.mono() + std::chrono::minutes{5}, stop, "alert", false});
            std::unique_lock lock{sleep_};
            wake_.wait_for(lock, stop, looks_every, [] { return false; });
        }
    }};
}

void Monitor::stop() {
    if (!thread_.joinable()) return;
    thread_.request_stop();
    thread_.join();
}

void Monitor::turn(const CallContext& call) {
    if (!loaded_) load();
    if (!loaded_) return;
    const auto view = view_();
    if (view) {
        std::vector<Alerts::Notice> notices;
        {
            const std::scoped_lock lock{mutex_};
            notices = alerts_.observe(clock_.now(), *view);
        }
        for (const Alerts::Notice& notice : notices) queue(notice);
        if (!notices.empty()) save();
    }
    deliver(call);
}

/// The log has every alert too, for who reads that and nothing else.
void Monitor::queue(const Alerts::Notice& notice) {
    Json payload = notice.alert.json();
    payload.set("event", notice.fired ? "fired" : "resolved").set("url", url_);
    notice.fired ? log_.warning("alert.fired", payload) : log_.info("alert.resolved", payload);
    for (const settings::Channel& channel : channels_)
        if (wants(channel, notice.alert) && due_.size() < most_due)
            due_.push_back({channel.id, payload, 0, clock_.now(), clock_.now()});
}

void Monitor::deliver(const CallContext& call) {
    bool changed = false;
    for (Due& due : due_) {
        if (call.cancelled()) break;
        if (due.at > clock_.now()) continue;
        changed = true;
        const auto channel = std::ranges::find(channels_, due.channel, &settings::Channel::id);
        if (channel == channels_.end()) {
            due.channel.clear();  // taken out of the configuration
            continue;
        }
        CallContext own = call;
        own.deadline = std::min(call.deadline, clock_.mono() + send_deadline);
        const auto sent = send_(own, *channel, due.payload);
        if (sent) {
            due.channel.clear();
            continue;
        }
        const auto wait =
            std::min<std::chrono::milliseconds>(longest_wait, first_wait * (1 << std::min(due.attempts, 6)));
        ++due.attempts;
        due.at = clock_.now() + wait;
        const bool last = clock_.now() - due.since >= gives_up_after;
        log_.warning("alert.not_sent", Json::object({{"channel", due.channel},
                                                     {"alert", due.payload["id"]},
                                                     {"code", sent.error().code},
                                                     {"message", sent.error().message},
                                                     {"remedy", sent.error().remedy},
                                                     {"given_up", last}}));
        if (last) due.channel.clear();
    }
    std::erase_if(due_, [](const Due& due) { return due.channel.empty(); });
    if (changed) save();
}

Json Monitor::open() const {
    const std::scoped_lock lock{mutex_};
    Json out = Json::array();
    for (const Alert& alert : alerts_.open()) out.push(alert.shown());
    return out;
}

/// A fact of its own: the other one is the thread's.
Expected<Json> Monitor::acknowledge(const std::string& id, const std::string& who) {
    const std::scoped_lock lock{mutex_};
    Alerts known = alerts_;
    const Alert* alert = known.acknowledge(id, who, clock_.now());
    if (!alert)
        return Error{ErrorClass::rejected, "alert.not_found", fmt::format("No alert '{}' is open.", excerpt(id, 80)),
                     "It may be over meanwhile: see the list of alerts."};
    const auto stored = store_.set_fact("monitor", "acknowledged", known.acknowledgements(), clock_.now());
    if (!stored) return stored.error();
    Json shown = alert->shown();
    alerts_ = std::move(known);
    return shown;
}

Expected<void> Monitor::test(const CallContext& call, const std::string& channel) {
    const auto found = std::ranges::find(channels_, channel, &settings::Channel::id);
    if (found == channels_.end())
        return Error{ErrorClass::rejected, "channel.not_found", fmt::format("There is no alert channel '{}'.", channel),
                     "Its file belongs into alerts.d; reload after a change."};
    return send_(call, *found,
                 Json::object({{"event", "test"},
                               {"id", "test"},
                               {"rule", "test"},
                               {"severity", "warning"},
                               {"flow", ""},
                               {"connection", ""},
                               {"since", to_rfc3339(clock_.now())},
                               {"count", 0},
                               {"cause", "This is a test of the channel."},
                               {"remedy", "Nothing."},
                               {"url", url_}}));
}

void Monitor::load() {
    const auto stored = store_.fact("monitor", "alerts");
    const auto acknowledged = store_.fact("monitor", "acknowledged");
    if (!stored || !acknowledged) return;  // the store itself says when it cannot be read
    loaded_ = true;
    if (!*stored) return;
    const std::scoped_lock lock{mutex_};
    alerts_ = Alerts::from_stored((**stored)["open"]);
    if (*acknowledged) alerts_.acknowledged(**acknowledged);
    for (const Json& one : (**stored)["due"].items())
        due_.push_back({std::string{one["channel"].string()}, one["payload"],
                        static_cast<int>(one["attempts"].integer(0)),
                        from_rfc3339(one["at"].string()).value_or(Instant{}),
                        from_rfc3339(one["since"].string()).value_or(clock_.now())});
}

void Monitor::save() {
    Json due = Json::array();
    for (const Due& one : due_)
        due.push(Json::object({{"channel", one.channel},
                               {"payload", one.payload},
                               {"attempts", one.attempts},
                               {"at", to_rfc3339(one.at)},
                               {"since", to_rfc3339(one.since)}}));
    Json open;
    {
        const std::scoped_lock lock{mutex_};
        open = alerts_.stored();
    }
    // What cannot be stored is told again after a restart.
    (void)store_.set_fact("monitor", "alerts", Json::object({{"open", std::move(open)}, {"due", std::move(due)}}),
                          clock_.now());
}

}  // namespace brygga::monitor
