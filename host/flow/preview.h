// Preview: what a flow would do with records: read, mapped and planned for real, written nowhere (M8, X8). It asks
// source and target, in a dry run, so that nothing but reads can leave the house. Safe on any thread.
#pragma once

#include "delivery/decide.h"
#include "flow/field_rules.h"
#include "flow/intake.h"

namespace brygga::flow {

struct FlowEnds {
    connector::Connection& source;
    connector::Catalog& source_catalog;
    connector::Connection& target;
    connector::Catalog& target_catalog;
    std::chrono::milliseconds settle;
};

/// {"records": [{number, outcome, error, source, fields: [{field, value, rule}], writes: [{op, type, kind, fields,
/// lines…, changes: {path: [now, then]}}], explain, totals, unchanged}]}. outcome: "delivered", "skipped", "held",
/// "dead", "waiting". Without records in the request: what the next run would read first, at most `most`.
Expected<Json> preview(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                       const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log,
                       const RunRequest& request, std::size_t most);

/// The same of versions that were read already: the list of their records.
Expected<Json> rehearse(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
                        const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log,
                        const std::vector<store::NewVersion>& versions);

}  // namespace brygga::flow
