// Preflight: what would go wrong with a flow's orders, found before the first one does (S2): the connections, the
// account, the options that settings and tables name, and the shop's newest orders in a rehearsal. Reads only, in a
// dry run. Safe on any thread.
#pragma once

#include "flow/preview.h"

namespace brygga::flow {

/// {"flow", "ready", "orders", "articles" or "documents": {"since", "read", "would": {outcome: count}}, "findings":
/// [{"check", "level", "message", "remedy", "records": [number]}]}. level: "problem" (records would be held or fail) or
/// "warning"; ready: no problem. check: "source", "target", "account", "document", "period", "option", "table", "tax",
/// "article", "order". What cannot be found out is a finding too, never silence.
Json preflight(const CallContext& call, const settings::Flow& flow, std::shared_ptr<const FieldRules> rules,
               const FlowEnds& ends, store::Store& store, const Clock& clock, Log& log);

}  // namespace brygga::flow
