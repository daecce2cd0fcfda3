#include "app/front.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crash_point.h"

namespace brygga::app {

namespace {

const settings::Flow& flow_of(const House& house, const std::string& id) {
    return *std::ranges::find(house.checked().configuration.flows, id, &settings::Flow::id);
}

const std::string& file_of(const House& house, const std::string& id) {
    return std::ranges::find(house.checked().files.flows, id, &settings::Flow::id)->places.whole.file;
}

/// The first mistake, as an error of the whole.
Error refused(const Checked& checked, std::string remedy) {
    return {ErrorClass::misconfigured, "reload.refused", settings::to_text(checked.errors.front()), std::move(remedy)};
}

}  // namespace

Front::Front(Ground ground, Secret admin_token) : ground_{std::move(ground)}, admin_token_{std::move(admin_token)} {
    ground_.roll_back = [this](const std::string& flow, std::int64_t number) { return roll_back(flow, number); };
    ground_.change = [this](const std::vector<store::Document>& documents, bool only_check) {
        return change(documents, only_check);
    };
}

std::shared_ptr<House> Front::house() const {
    const std::scoped_lock lock{mutex_};
    return house_;
}

Expected<Checked> Front::read(const std::string& directory, const std::vector<store::Document>& changes,
                              Instant now) const {
    auto documents = ground_.store.documents();
    if (!documents) return documents.error();
    for (const store::Document& change : changes) {
        const auto known = std::ranges::find_if(*documents, [&](const store::Document& document) {
            return document.kind == change.kind && document.id == change.id;
        });
        const bool is_new = known == documents->end();
        // Whoever made the change looked at it while somebody else may have been changing it.
        if ((is_new ? Instant{} : known->changed_at) != change.changed_at)
            return Error{ErrorClass::rejected, "if_match.stale",
                         fmt::format("{} has changed since it was read.", change.id),
                         "Read it again, and send the change if it is still right."};
        if (!is_new) documents->erase(known);
        if (!change.text.empty()) documents->push_back({change.kind, change.id, change.text, now});
    }
    return check_configuration(directory, process_environment(), ground_.log, *documents);
}

Expected<void> Front::open(Checked files) {
    const auto documents = ground_.store.documents();
    if (!documents) return documents.error();
    if (!documents->empty()) {
        auto whole = read(files.configuration.directory, {}, {});
        if (!whole) return whole.error();
        if (!whole->errors.empty())
            return refused(*whole, "It does not go together with what came by the API: correct the file.");
        files = std::move(*whole);
    }
    auto chosen = choose_versions(std::move(files), ground_.store, ground_.clock.now());
    if (!chosen) return chosen.error();
    auto first = build(std::move(*chosen), ground_.clock.now());
    if (!first) return first.error();
    const std::scoped_lock lock{mutex_};
    house_ = std::move(*first);
    return {};
}

void Front::close() {
    std::shared_ptr<House> last;
    {
        const std::scoped_lock lock{mutex_};
        closed_ = true;
        last = house_;
    }
    last->drain(drain_patience);
}

Expected<void> Front::reload() {
    const std::scoped_lock one_at_a_time{changing_};
    auto files = read(house()->checked().configuration.directory, {}, {});
    if (!files) return files.error();
    if (!files->errors.empty()) return refused(*files, "The running configuration stays. Correct it and reload again.");
    auto chosen = choose_versions(std::move(*files), ground_.store, ground_.clock.now());
    if (!chosen) return chosen.error();
    auto next = build(std::move(*chosen), ground_.clock.now());
    if (!next) return next.error();
    move_in(std::move(*next));
    return {};
}

Expected<settings::FlowNumber> Front::roll_back(const std::string& flow, std::int64_t number) {
    const std::scoped_lock one_at_a_time{changing_};
    auto chosen = choose_version(house()->checked(), flow, number, ground_.store);
    if (!chosen) return chosen.error();
    auto next = build(std::move(*chosen), ground_.clock.now());
    if (!next) return next.error();
    const settings::FlowNumber version = flow_of(**next, flow).version;
    if (version.rolled_back_to == 0)
        ground_.log.info("flow.rollback_ended", Json::object({{"flow", flow}, {"version", version.number}}));
    move_in(std::move(*next));
    return version;
}

/// The documents become active with the files as they are now: a mistake in a file refuses the change, too.
control::Changed Front::change(const std::vector<store::Document>& documents, bool only_check) {
    const std::scoped_lock one_at_a_time{changing_};
    const Instant now = from_unix_ms(to_unix_ms(ground_.clock.now()));  // as the store keeps it
    auto checked = read(house()->checked().configuration.directory, documents, now);
    if (!checked) return {{}, {}, checked.error()};
    control::Changed out{std::move(checked->errors), std::move(checked->warnings), {}};
    if (only_check || !out.errors.empty()) return out;
    auto chosen = choose_versions(std::move(*checked), ground_.store, now);
    if (!chosen) return out.failed = chosen.error(), out;
    auto next = build(std::move(*chosen), now, documents);
    if (!next) return out.failed = next.error(), out;
    move_in(std::move(*next));
    return out;
}

/// What can fail comes first. Once the store knows the versions, they are those of the next start, too.
Expected<std::shared_ptr<House>> Front::build(Chosen chosen, Instant now, const std::vector<store::Document>& changes) {
    auto built = House::build(std::move(chosen.checked), ground_, admin_token_);
    if (!built) return built.error();
    std::shared_ptr<House> next{std::move(*built)};
    const auto active = ground_.store.activate(chosen.flows, now, changes);
    if (!active) return active.error();
    BRYGGA_CRASH_POINT("versions_stored");
    std::map<std::string, settings::FlowNumber> numbers;
    for (std::size_t i = 0; i < active->size(); ++i) {
        const store::FlowVersion& version = (*active)[i];
        const std::int64_t rolled_back_to = chosen.flows[i].rolled_back_to;
        numbers[version.flow] = {version.number, rolled_back_to};
        Json fields = Json::object({{"flow", version.flow}, {"version", version.number}});
        if (version.same_as != 0) fields.set("same_as", version.same_as);
        if (rolled_back_to != 0)
            ground_.log.warning(
                "flow.rolled_back",
                fields.set("message", fmt::format("{} is set aside until it changes.", file_of(*next, version.flow))));
        else if (version.since == now) {
            ground_.log.info("flow.version", fields);
            if (version.cause != "file") continue;
            (void)ground_.store.access().begin_audit({0, now, "files", "", "flow.version", version.flow, "done",
                                                      Json::object({{"version", version.number - 1}}),
                                                      Json::object({{"version", version.number}})});
        }
    }
    next->number(numbers);
    for (const std::string& flow : chosen.over)
        ground_.log.warning(
            "flow.rollback_ended",
            Json::object({{"flow", flow},
                          {"version", numbers[flow].number},
                          {"message", fmt::format("{} has changed, so it counts again.", file_of(*next, flow))}}));
    return next;
}

void Front::move_in(std::shared_ptr<House> next) {
    house()->drain(drain_patience);
    house()->leave_to(*next);
    const std::scoped_lock lock{mutex_};
    if (closed_) return;
    next->start();
    house_ = std::move(next);
}

}  // namespace brygga::app
