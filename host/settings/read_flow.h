// read_flow(): one document of a flow as a Flow, with what is wrong told at its place. What belongs to several
// documents is looked at later (check_together). Used by load() and for versions of a flow.
#pragma once

#include "settings/config.h"
#include "settings/read_mapping.h"

namespace brygga::settings {

/// Without Reader::finish(): whoever reads further keys calls it.
Flow read_flow(Reader& r, const ReadText& read_text);

}  // namespace brygga::settings
