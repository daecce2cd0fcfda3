#include "app/versions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/crypto.h"
#include "settings/check_together.h"
#include "settings/definition.h"
#include "settings/text_file.h"

namespace brygga::app {

namespace {

/// What stands in the place of a file.
struct Put {
    store::FlowVersion version;
    std::int64_t rolled_back_to = 0;
};
using Puts = std::map<std::string, Put>;  // by flow

Error refused(const store::FlowVersion& version, const settings::Flow& file, settings::Problem why) {
    why.excerpt.clear();
    return {ErrorClass::rejected, "version.refused",
            fmt::format("Version {} of the flow '{}' cannot be active: {}.", version.number, version.flow,
                        settings::to_text(why)),
            fmt::format("Choose another version. A change in {} makes the file count again.", file.places.whole.file)};
}

std::string name_of(const store::FlowVersion& version) {
    return fmt::format("version {} of {}", version.number, version.flow);
}

settings::Flow& flow_of(settings::Configuration& configuration, const std::string& id) {
    return *std::ranges::find(configuration.flows, id, &settings::Flow::id);
}

/// The files with these versions in the places of their flows, checked as a whole.
Expected<Checked> put_in_place(const settings::Configuration& files, const connector::PluginSet& plugins,
                               const Puts& puts) {
    settings::Loaded loaded{files, {}, {}};
    const auto read_text = settings::files_beside(files.directory);
    for (const auto& [id, put] : puts) {
        settings::Flow& flow = flow_of(loaded.configuration, id);
        auto read = settings::read_definition(name_of(put.version), put.version.definition, read_text);
        if (!read.errors.empty()) return refused(put.version, flow, read.errors.front());
        read.flow.origin = std::move(flow.origin);
        flow = std::move(read.flow);
    }
    settings::check_together(loaded, true);
    Checked out = check_settings(std::move(loaded), plugins);
    out.files = files;
    if (out.errors.empty()) return out;
    // Where the mistake is not in a version, it is that they do not go together.
    const settings::Problem& first = out.errors.front();
    const auto blamed =
        std::ranges::find_if(puts, [&](const auto& put) { return first.at.file == name_of(put.second.version); });
    const Puts::value_type& put = blamed == puts.end() ? *puts.begin() : *blamed;
    return refused(put.second.version, flow_of(out.files, put.first), first);
}

std::string hash_of_file(const settings::Flow& file) { return definition_hash(settings::definition_text(file)); }

/// The newest version of a flow that a rollback has put in place.
Expected<Put> put_of(const std::string& flow, store::Store& store) {
    auto version = store.flow_version(flow, 0);
    if (!version) return version.error();
    if (!*version)
        return Error{ErrorClass::bug, "version.missing",
                     fmt::format("The store has no version of the flow '{}' that was active.", flow),
                     "Reload the configuration."};
    const std::int64_t rolled_back_to = (*version)->same_as;
    return Put{std::move(**version), rolled_back_to};
}

Chosen chosen(Checked checked, const Puts& puts) {
    Chosen out{std::move(checked), {}, {}};
    for (const settings::Flow& flow : out.checked.configuration.flows) {
        store::FlowDefinition& definition = out.flows.emplace_back();
        definition.flow = flow.id;
        definition.cause = flow.origin.managed_by();
        const auto put = puts.find(flow.id);
        if (put == puts.end()) {
            definition.definition = whole_definition(flow, *out.checked.rules.at(flow.id));
            definition.hash = definition_hash(definition.definition);
        } else {
            // As it is stored: a newer host may write the same in another way.
            definition.definition = put->second.version.definition;
            definition.hash = put->second.version.hash;
            definition.rolled_back_to = put->second.rolled_back_to;
            definition.set_aside = hash_of_file(flow_of(out.checked.files, flow.id));
        }
    }
    return out;
}

}  // namespace

std::string whole_definition(const settings::Flow& flow, const flow::FieldRules& rules) {
    settings::Flow whole = flow;
    whole.mapping.whole = true;
    whole.mapping.unset.clear();
    whole.mapping.rules.clear();
    for (const flow::FieldRule& rule : rules.rules())
        whole.mapping.rules.push_back(
            {rule.name(), rule.at, {rule.text, rule.at}, !rule.program.has_value(), rule.write, rule.standard});
    return settings::definition_text(whole);
}

std::string definition_hash(const std::string& text) { return crypto::hex(crypto::digest(crypto::Hash::sha256, text)); }

Expected<Chosen> choose_versions(Checked files, store::Store& store, Instant now) {
    Puts puts;
    std::vector<std::string> over;
    for (const settings::Flow& file : files.files.flows) {
        const auto state = store.flow(file.id, now);
        if (!state) return state.error();
        if (state->set_aside.empty()) continue;
        if (state->set_aside != hash_of_file(file)) {
            over.push_back(file.id);
            continue;
        }
        auto put = put_of(file.id, store);
        if (!put) return put.error();
        puts[file.id] = std::move(*put);
    }
    if (!puts.empty()) {
        auto checked = put_in_place(files.files, files.plugins, puts);
        if (!checked) return checked.error();
        files = std::move(*checked);
    }
    Chosen out = chosen(std::move(files), puts);
    out.over = std::move(over);
    return out;
}

Expected<Chosen> choose_version(const Checked& active, const std::string& flow, std::int64_t number,
                                store::Store& store) {
    auto wanted = store.flow_version(flow, number);
    if (!wanted) return wanted.error();
    if (number < 1 || !*wanted)
        return Error{ErrorClass::rejected, "version.not_found",
                     fmt::format("The flow '{}' has no version {}.", flow, number),
                     fmt::format("brygga flows versions {} lists them.", flow)};
    Puts puts;
    for (const settings::Flow& each : active.configuration.flows) {
        if (each.id != flow && each.version.rolled_back_to == 0) continue;
        auto put = put_of(each.id, store);
        if (!put) return put.error();
        puts[each.id] = std::move(*put);
    }
    const auto now_active = std::ranges::find(active.configuration.flows, flow, &settings::Flow::id);
    Put& own = puts.at(flow);
    if (own.version.hash == (*wanted)->hash)
        return Error{ErrorClass::rejected, "version.active",
                     fmt::format("Version {} of the flow '{}' is what is active now.", number, flow),
                     "Nothing has to be done."};
    own = {std::move(**wanted), number};
    if (now_active->version.rolled_back_to != 0) {
        // Perhaps it is what the file says: then the file counts again.
        Puts others = puts;
        others.erase(flow);
        if (auto checked = put_in_place(active.files, active.plugins, others)) {
            Chosen out = chosen(std::move(*checked), others);
            const auto same = std::ranges::find(out.flows, flow, &store::FlowDefinition::flow);
            if (same->hash == own.version.hash) return out;
        }
    }
    auto checked = put_in_place(active.files, active.plugins, puts);
    if (!checked) return checked.error();
    return chosen(std::move(*checked), puts);
}

}  // namespace brygga::app
