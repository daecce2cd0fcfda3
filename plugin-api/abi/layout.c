/* The layout of ABI 1 on 64-bit little-endian machines (x86-64, aarch64): compiling this file is the test.
 * A line may be added for a member that is appended; none of those below may ever change within ABI 1. */
#include "brygga/plugin.h"

#define SIZE(type, size) _Static_assert(sizeof(type) == (size), "sizeof " #type)
#define AT(type, member, offset) _Static_assert(offsetof(type, member) == (offset), #type "." #member)

_Static_assert(BRYGGA_ABI_MAJOR == 1u, "a new major starts a new table");
_Static_assert(sizeof(brygga_status) == 4, "brygga_status");

SIZE(brygga_str, 16);
AT(brygga_str, data, 0);
AT(brygga_str, size, 8);

SIZE(brygga_sink, 16);
AT(brygga_sink, ctx, 0);
AT(brygga_sink, write, 8);

SIZE(brygga_error, 72);
AT(brygga_error, struct_size, 0);
AT(brygga_error, flags, 8);
AT(brygga_error, remote_status, 12);
AT(brygga_error, retry_after_ms, 16);
AT(brygga_error, code, 24);
AT(brygga_error, message, 40);
AT(brygga_error, remedy, 56);

SIZE(brygga_call, 56);
AT(brygga_call, struct_size, 0);
AT(brygga_call, host_data, 8);
AT(brygga_call, deadline_ms, 16);
AT(brygga_call, trace_id, 24);
AT(brygga_call, is_cancelled, 40);
AT(brygga_call, fail, 48);

SIZE(brygga_host, 32);
AT(brygga_host, struct_size, 0);
AT(brygga_host, abi_major, 8);
AT(brygga_host, abi_minor, 12);
AT(brygga_host, host_data, 16);
AT(brygga_host, get_service, 24);

SIZE(brygga_page, 40);
AT(brygga_page, struct_size, 0);
AT(brygga_page, host_data, 8);
AT(brygga_page, entity, 16);
AT(brygga_page, checkpoint, 24);
AT(brygga_page, seen, 32);

SIZE(brygga_connector_api, 88);
AT(brygga_connector_api, struct_size, 0);
AT(brygga_connector_api, create, 8);
AT(brygga_connector_api, destroy, 16);
AT(brygga_connector_api, check, 24);
AT(brygga_connector_api, describe, 32);
AT(brygga_connector_api, poll, 40);
AT(brygga_connector_api, list, 48);
AT(brygga_connector_api, find, 56);
AT(brygga_connector_api, deliver, 64);
AT(brygga_connector_api, options, 72);
AT(brygga_connector_api, get_extension, 80);

SIZE(brygga_plugin, 40);
AT(brygga_plugin, struct_size, 0);
AT(brygga_plugin, abi_major, 8);
AT(brygga_plugin, abi_minor, 12);
AT(brygga_plugin, manifest_json, 16);
AT(brygga_plugin, connector, 32);

SIZE(brygga_extension_webhook, 32);
AT(brygga_extension_webhook, struct_size, 0);
AT(brygga_extension_webhook, subscribe, 8);
AT(brygga_extension_webhook, unsubscribe, 16);
AT(brygga_extension_webhook, decode, 24);

SIZE(brygga_service_http, 16);
AT(brygga_service_http, struct_size, 0);
AT(brygga_service_http, send, 8);

SIZE(brygga_service_log, 16);
AT(brygga_service_log, struct_size, 0);
AT(brygga_service_log, write, 8);

SIZE(brygga_service_clock, 24);
AT(brygga_service_clock, struct_size, 0);
AT(brygga_service_clock, unix_ms, 8);
AT(brygga_service_clock, sleep, 16);

SIZE(brygga_service_crypto, 24);
AT(brygga_service_crypto, struct_size, 0);
AT(brygga_service_crypto, hmac, 8);
AT(brygga_service_crypto, verify, 16);
