// Which unit of the books a new article gets.
#pragma once

#include <string>

#include "flow/target.h"

namespace brygga::flow {

/// The id: what `wanted` names, which is a setting, settings.target.unit; else the one that is called as the source
/// calls it, else "piece" in the languages of the systems, else as choose_option() does. Empty when the target has no
/// units. name: of the record, for messages.
Expected<std::string, Halt> choose_unit(const CallContext& call, connector::Catalog& catalog, const std::string& target,
                                        const std::string& name, const std::string& own, const std::string& wanted);

}  // namespace brygga::flow
