// Versions: which definition of each flow is to be active. Its file says so, or an older version of it that a rollback
// put in its place, for as long as the file says what it said then. Reads the store; writes nothing.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "app/check.h"
#include "store/store.h"

namespace brygga::app {

/// A configuration that may become active, and what the store is to remember of it.
struct Chosen {
    Checked checked;
    std::vector<store::FlowDefinition> flows;
    /// Flows whose rollback is over, since their file has changed.
    std::vector<std::string> over;
};

/// The definition of a flow with the rules that count, those of the default mapping among them.
std::string whole_definition(const settings::Flow& flow, const flow::FieldRules& rules);
std::string definition_hash(const std::string& text);

/// files: without errors. What rollbacks have put in place of files stays there. Errors: version.refused, when such a
/// version does not fit the rest any more; those of the store.
Expected<Chosen> choose_versions(Checked files, store::Store& store, Instant now);
/// The same from what is active, with another version of a flow that there is. Errors also: version.not_found,
/// version.active.
Expected<Chosen> choose_version(const Checked& active, const std::string& flow, std::int64_t number,
                                store::Store& store);

}  // namespace brygga::app
