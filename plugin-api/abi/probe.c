/* Reaches every struct of plugin.h by a function of its own, so that abidiff sees also those that travel behind a
 * void pointer. Built as a library, never installed. */
#include "brygga/plugin.h"

#define PROBE(type)                                    \
    BRYGGA_EXPORT const type *brygga_probe_##type(void); \
    const type *brygga_probe_##type(void) { return 0; }

PROBE(brygga_str)
PROBE(brygga_sink)
PROBE(brygga_error)
PROBE(brygga_call)
PROBE(brygga_host)
PROBE(brygga_page)
PROBE(brygga_connector_api)
PROBE(brygga_plugin)
PROBE(brygga_extension_webhook)
PROBE(brygga_service_http)
PROBE(brygga_service_log)
PROBE(brygga_service_clock)
PROBE(brygga_service_crypto)
