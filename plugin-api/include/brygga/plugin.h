/* brygga/plugin.h - the whole contract between the Brygga host and a connector plugin, ABI 1.0.
 *
 * A plugin is one shared library that exports one function, brygga_plugin_entry.  Control crosses this
 * border in C structs, content in UTF-8 JSON documents (RFC 8259); the documents of every call are
 * described at that call and specified by the JSON Schemas that are installed beside this header.
 *
 * Rules, true for every function unless its comment says otherwise:
 *  - Strings are UTF-8 with a size and are not NUL-terminated.  Data may be null only when size is 0.
 *  - Memory never changes owner.  An argument is borrowed until the callee returns; a result leaves
 *    through a sink or a page, which copies before it returns.  Nobody frees what the other side made.
 *  - No C++ exception, longjmp or signal handler crosses the border, in either direction.
 *  - Every struct opens with struct_size, the size its maker was compiled with.  Members are only ever
 *    appended.  A reader does not touch a member that lies beyond the struct_size it was given.
 *  - Status values and flags are integers of fixed width; a reader treats an unknown status as
 *    BRYGGA_BUG and ignores unknown flags.
 *  - Thread tags: [any] may be called from several threads at once.  [serial] is never called by two
 *    threads at once for one instance, though not always by the same thread.
 *  - A plugin opens no socket or file, starts no thread or process, and keeps no state outside its
 *    instances.  Instances share nothing; the host caches what is worth caching.
 *
 * Order of calls: brygga_plugin_entry once; then per instance create, any of check, describe, poll, list,
 * find, deliver, options in any order, and destroy last.  A library is never unloaded.
 */
#ifndef BRYGGA_PLUGIN_H
#define BRYGGA_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#  define BRYGGA_EXPORT __attribute__((visibility("default")))
#else
#  define BRYGGA_EXPORT
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The host loads a plugin when the majors are equal, whatever the minors are.  MAJOR changes when an
 * existing binary would break; MINOR when something is appended. */
#define BRYGGA_ABI_MAJOR 1u
#define BRYGGA_ABI_MINOR 0u

/* ---- vocabulary ---------------------------------------------------------------------------- */

typedef struct brygga_str {
    const char* data;
    size_t size;
} brygga_str;

/* Takes bytes, in as many writes as the writer likes.  write returns 0, or non-zero when the reader wants
 * no more; the writer then returns BRYGGA_CANCELLED. */
typedef struct brygga_sink {
    void* ctx;
    int32_t (*write)(void* ctx, const char* data, size_t size);
} brygga_sink;

/* How a call ended.  The plugin classifies; what follows from a class is decided by the host. */
typedef int32_t brygga_status;
#define BRYGGA_OK ((brygga_status)0)
#define BRYGGA_TRANSIENT ((brygga_status)1)     /* the same call may succeed later */
#define BRYGGA_RATE_LIMITED ((brygga_status)2)  /* refused unprocessed because of too many calls; see retry_after_ms */
#define BRYGGA_AUTH ((brygga_status)3)          /* the credentials were refused; a person must connect again */
#define BRYGGA_REJECTED ((brygga_status)4)      /* this document will not be accepted as it is */
#define BRYGGA_MISCONFIGURED ((brygga_status)5) /* settings, scopes, licence or set-up at the vendor are wrong */
#define BRYGGA_CANCELLED ((brygga_status)6)     /* the host asked for it, or a sink or page said stop */
#define BRYGGA_UNSUPPORTED ((brygga_status)7)   /* not offered by this connector; the manifest says so too */
#define BRYGGA_BUG ((brygga_status)8)           /* an exception or a broken invariant inside the callee */

/* The remote system may have applied the write although no success was seen: the host looks before it
 * tries again.  Set it whenever a write may have reached the vendor and no definite answer came back. */
#define BRYGGA_ERROR_OUTCOME_UNKNOWN 1u

typedef struct brygga_error {
    size_t struct_size;
    uint32_t flags;         /* BRYGGA_ERROR_* */
    uint32_t remote_status; /* HTTP status, 0 when there was none */
    int64_t retry_after_ms; /* -1 when unknown */
    brygga_str code;        /* stable and machine readable, at most 64 of [a-z0-9._-]: "customer.vat_number"; on a few
                             * the host acts by their name: sdk/codes.hpp */
    brygga_str message;     /* what happened, for people; no secret, no personal data; at most 2,000 bytes are kept */
    brygga_str remedy;      /* what a person can do about it; may be empty */
} brygga_error;

/* One call into a plugin; valid until that call returns.  A plugin passes it on to every service. */
typedef struct brygga_call {
    size_t struct_size;
    void* host_data;
    int64_t deadline_ms; /* milliseconds that were left when the call began; services keep to it by themselves */
    brygga_str trace_id;
    /* Non-zero once the host wants the call to end; a loop without service calls asks now and then.  [any] */
    int32_t (*is_cancelled)(const struct brygga_call* call);
    /* Says why the call is going to return something other than BRYGGA_OK.  The last one wins.  [any] */
    void (*fail)(const struct brygga_call* call, const brygga_error* error);
} brygga_call;

/* The host, as one instance sees it; valid until destroy returns. */
typedef struct brygga_host {
    size_t struct_size;
    uint32_t abi_major, abi_minor;
    void* host_data;
    /* A BRYGGA_SERVICE_* struct, or null when this host lacks it.  [any] */
    const void* (*get_service)(const struct brygga_host* host, const char* service_id);
} brygga_host;

/* Receives rows.  Every function copies before it returns; a status other than BRYGGA_OK ends the call with
 * that status.  [serial] */
typedef struct brygga_page {
    size_t struct_size;
    void* host_data;
    /* One row; its form is given at poll, list, find and options. */
    brygga_status (*entity)(const struct brygga_page* page, brygga_str row_json);
    /* poll and list only.  Everything up to here is complete: the next call may go on from this cursor, even
     * when the present call then fails.  A cursor is the plugin's own JSON, at most 64 KiB.  has_more non-zero:
     * another call would bring more at once. */
    brygga_status (*checkpoint)(const struct brygga_page* page, brygga_str cursor_json, int32_t has_more);
    /* poll only.  Non-zero when the host already holds this revision (any short text that changes with the
     * record) of this record, so that the plugin need not read the rest of it and leaves it out.  A row that
     * was checked this way carries the same text in its member "revision". */
    int32_t (*seen)(const struct brygga_page* page, brygga_str id, brygga_str revision);
} brygga_page;

/* ---- what a plugin offers -------------------------------------------------------------------- */

/* Functions for one instance of a connection.  Each takes a call with a deadline, returns a status, and
 * before it returns anything but BRYGGA_OK says why with call->fail.  get_extension may be null; check,
 * describe, poll, list, find, deliver and options may be null when the manifest does not name them. */
typedef struct brygga_connector_api {
    size_t struct_size;

    /* config_json: the connection's `config`, checked against the manifest's schema.  No I/O.  *self is the
     * instance; set only on BRYGGA_OK.  Secrets are not here: requests name them (see the http service). */
    brygga_status (*create)(const brygga_host* host, const brygga_call* call, brygga_str config_json, void** self);

    /* Ends an instance; no call is under way.  [serial] */
    void (*destroy)(void* self);

    /* The cheapest authenticated request that the remote system has.  BRYGGA_OK: credentials, address and
     * clock are right.  [serial] */
    brygga_status (*check)(void* self, const brygga_call* call);

    /* What this account is and can do, one document: {"account":{"id","name","country","currency",
     * "time_zone","locked_until","uses_oss"},"operations":{TYPE:{"create":[kind],"update":[state],"book":[kind],"credit":[kind],"cancel":[state]}},
     * "fields":{TYPE:[{"path","type","length","charset","required","writable","option"}]},
     * "arithmetic":{"prices":"net|gross|by_customer","price_decimals","quantity_decimals",
     * "tax_rounding":"document_rate|row","negative_rows"},"limits":[]}.
     * Rules of mappings write the fields that are named here or in the manifest, and no others of that type.
     * Members left out keep the manifest's values.  The host keeps it for 24 hours.  [serial] */
    brygga_status (*describe)(void* self, const brygga_call* call, brygga_sink result);

    /* New and changed records of a source, oldest first.  cursor_json: empty on the first run, else the last
     * checkpoint.  Rows: {"type","id","number","modified","revision","entity":{canonical},"raw":{vendor}}.
     * At most about max_items rows a call.  Nothing may be lost: cursors are inclusive and overlap, the host
     * removes what it has had.  first_run_from: ISO date; records from before it are not wanted.  [serial] */
    brygga_status (*poll)(void* self, const brygga_call* call, brygga_str type, brygga_str cursor_json,
                          brygga_str first_run_from, uint32_t max_items, const brygga_page* page);

    /* Rows of a target for the host's index, incremental like poll.  type: customer, product, category, document or
     * quote, whose records are documents of kind quote, listed and looked up apart from the others.
     * Rows: {"id","number","kind","state":"draft|open|closed|booked","version","keys":{"reference","email",
     * "vat_number","organisation_number","phone","sku","ean"},"fields":{},"totals":{}}.  A deleted or
     * deactivated record may come as {"id","deleted":true}.  from: ISO date; documents dated before it are
     * not wanted, empty for no limit.  [serial] */
    brygga_status (*list)(void* self, const brygga_call* call, brygga_str type, brygga_str cursor_json, brygga_str from,
                          uint32_t max_items, const brygga_page* page);

    /* Looks records up.  request_json: {"type","kinds":[],"keys":[{"n":0,"by":"reference|id|number|email|
     * vat_number|organisation_number|phone|sku|ean|document|customer|name|product","value"}],"since":ISO instant or
     * absent,"full":bool}. Rows: as list, plus "n", for every hit; with "full" also "entity" and "raw" as poll has
     * them, and of a target all that deliver could write, in deliver's names: the whole "fields", and "lines" of a
     * document. BRYGGA_OK means that a key without a row does not exist; anything less certain is not BRYGGA_OK. since:
     * the record cannot be older, so a scan of recent records may serve where the key cannot be searched.  [serial] */
    brygga_status (*find)(void* self, const brygga_call* call, brygga_str request_json, const brygga_page* page);

    /* One write.  document_json: {"op":"create|update|convert|book|pay|credit|cancel|link|unlink","type":"customer|
     * contact|product|document|payment|stock|category|image|order_status","kind","id","reference",
     * "fields":{},"lines":[],"expect":{"net","tax":[{"rate","base","amount"}],"gross"}}.  Of stock, id is that of
     * a product and fields are its "stock" and maybe "manage_stock"; of order_status that of an order and fields
     * are its "status" (option kind order_status), "mail": whether its customer is told, and maybe "tracking_code"
     * and "tracking_carrier".  "book" makes of the draft with this id a document that is in the books, which the
     * result tells; with "check":true it was not written just now, so an id that the vendor may have given away has
     * to be read first, and "reference" compared.  A payment is created on a booked invoice, with the fields
     * "document" (its id), "number", "amount", "currency", "date", "account" (option kind bank_account).  "credit"
     * makes a draft of kind credit_note_draft, which "book" makes a credit_note; its lines and totals are what it
     * credits, positive here whichever sign the vendor gives them.  "link" puts the product of field "product" (its
     * id) into the category with this id; the result's id is that of the link, which "unlink" removes with the field
     * "link".  Rows of products tell their links as fields "links", {id of
     * the category: id of the link}, where these are known.  An image is created with the fields "product", "url",
     * "text" and "main"; what is there of a product is found by "product", and "cancel" removes one.  A contact is
     * created with the fields "customer" (its id), "name", "email" and "phone", and found by "customer"; a document
     * names it in its field "contact".  "cancel" deletes
     * a document that can still be deleted, if its reference is "reference". result:
     * {"id","number","kind","state","version","keys":{},"fields":{},"totals":{"net","tax","gross"}|null,
     * "changed":{path: stored value},"notices":[]}.  At most one request that writes, besides the read that a
     * full-replace update needs; it is not repeated inside the call.  idempotency_key is the same for every
     * attempt at this write; it goes into the vendor's key header and nowhere else.  [serial] */
    brygga_status (*deliver)(void* self, const brygga_call* call, brygga_str document_json, brygga_str idempotency_key,
                             brygga_sink result);

    /* The selectable records of one kind that the manifest names.  Rows: {"id","label","active",
     * "attributes":{}}; kind tax_treatment has attributes {"rate","rates":{CASE:percent},"zones":{ZONE:percent},
     * "case","goods_class","default"}.  [serial] */
    brygga_status (*options)(void* self, const brygga_call* call, brygga_str kind, const brygga_page* page);

    /* An interface by its revisioned id, for example BRYGGA_EXTENSION_WEBHOOK, or null.  [any] */
    const void* (*get_extension)(void* self, const char* extension_id);
} brygga_connector_api;

typedef struct brygga_plugin {
    size_t struct_size;
    uint32_t abi_major, abi_minor; /* BRYGGA_ABI_MAJOR and BRYGGA_ABI_MINOR of this header */
    brygga_str manifest_json;      /* who the connector is and what it offers; schema/manifest.schema.json */
    const brygga_connector_api* connector;
} brygga_plugin;

/* The only exported symbol.  Pure: no I/O, no thread, no allocation; the same answer every time.  The host
 * calls it before it trusts the plugin with anything, also only to print the manifest. */
BRYGGA_EXPORT const brygga_plugin* brygga_plugin_entry(void);
typedef const brygga_plugin* (*brygga_plugin_entry_fn)(void);
#define BRYGGA_PLUGIN_ENTRY_NAME "brygga_plugin_entry"

/* ---- extensions a plugin may offer ----------------------------------------------------------- */

#define BRYGGA_EXTENSION_WEBHOOK "brygga.webhook/1"
typedef struct brygga_extension_webhook {
    size_t struct_size;
    /* Makes sure that the vendor calls url at each of these events; the manifest's "webhooks" names them, the host asks
     * for one at a time.  Asked again it changes nothing that is right, so a call whose answer was lost may be
     * repeated, and the host repeats it daily.  What is registered for the same event at another address that is equal
     * but for the last segment of its path was this host's: it goes.  Nobody else's is touched.
     * request_json: {"events":[],"url"}; result: {"id","secrets":{name: value}}, secrets: what the vendor signs with,
     * none when it signs nothing.  [serial] */
    brygga_status (*subscribe)(void* self, const brygga_call* call, brygga_str request_json, brygga_sink result);
    /* Ends one.  One that is not there any more is no failure.  request_json: {"id","events":[],"url"} as they were
     * at subscribe; id is empty when the answer to that was lost.  [serial] */
    brygga_status (*unsubscribe)(void* self, const brygga_call* call, brygga_str request_json);
    /* Verifies one delivery and names the records it is about.  delivery_json: {"headers":{lower case},"body_base64",
     * "url","event"}; rows: {"type","id"}, id empty where the vendor does not tell it.  A forged one is
     * BRYGGA_REJECTED.  A secret of subscribe has the name "webhook." EVENT "." NAME.  No http; within 20 ms.
     * [serial] */
    brygga_status (*decode)(void* self, const brygga_call* call, brygga_str delivery_json, const brygga_page* page);
} brygga_extension_webhook;

/* ---- services of the host -------------------------------------------------------------------- */

/* HTTP.  Budgets, TLS, signing, secrets, retries of reads, recording and the list of allowed hosts live here.
 * request_json: {"method","url","headers":{},"secret_headers":{"Authorization":"Bearer ${access_token}"},
 *   "read":bool,"idempotent":bool,"sign":{"alg":"hmac-sha512|hmac-sha256","key":NAME of a secret,"message":
 *   "${public_key}|{method}|{target}|{body}|{date}","date_header","header","encoding":"hex|base64"},
 *   "verify":{the same, over the answer},"form":{} for a form body with ${secret} values}.
 * ${name} is a secret that only the host expands; {method}, {target} (path and query as sent), {body} and
 * {date} belong to the message.  Signing happens after the wait for the budget and anew on every try.
 * read: changes nothing at the vendor; a dry run sends nothing else.  idempotent: may be repeated after an
 * unclear failure.
 * BRYGGA_OK means that a whole answer came, whatever its HTTP status: head gets {"status","headers":{lower
 * case}}, body the bytes.  Otherwise call->fail has been called already, with BRYGGA_ERROR_OUTCOME_UNKNOWN
 * when the request may have been processed; the plugin returns the status as it is.  A 401 is answered inside
 * by one refresh of the access token and one repetition.  [any] */
#define BRYGGA_SERVICE_HTTP "brygga.http/1"
typedef struct brygga_service_http {
    size_t struct_size;
    brygga_status (*send)(const brygga_host* host, const brygga_call* call, brygga_str request_json,
                          brygga_str request_body, brygga_sink head, brygga_sink body);
} brygga_service_http;

/* Log lines.  Levels by the operator's duty: error act now, warning act soon, info rare, debug off. */
#define BRYGGA_SERVICE_LOG "brygga.log/1"
#define BRYGGA_LOG_DEBUG 0
#define BRYGGA_LOG_INFO 1
#define BRYGGA_LOG_WARNING 2
#define BRYGGA_LOG_ERROR 3
typedef struct brygga_service_log {
    size_t struct_size;
    /* fields_json: an object of plain values, or empty.  No secret, no personal data.  [any] */
    void (*write)(const brygga_host* host, int32_t level, brygga_str message, brygga_str fields_json);
} brygga_service_log;

/* The only clock of a plugin. */
#define BRYGGA_SERVICE_CLOCK "brygga.clock/1"
typedef struct brygga_service_clock {
    size_t struct_size;
    int64_t (*unix_ms)(const brygga_host* host); /* [any] */
    /* Waits; BRYGGA_CANCELLED when the call is cancelled or its deadline would pass first.  [any] */
    brygga_status (*sleep)(const brygga_host* host, const brygga_call* call, int64_t ms);
} brygga_service_clock;

/* Keyed hashes with a secret that the plugin names and never sees; for webhooks. */
#define BRYGGA_SERVICE_CRYPTO "brygga.crypto/1"
typedef struct brygga_service_crypto {
    size_t struct_size;
    /* algorithm: "hmac-sha256" or "hmac-sha512"; result gets the raw bytes.  [any] */
    brygga_status (*hmac)(const brygga_host* host, const brygga_call* call, brygga_str algorithm,
                          brygga_str secret_name, brygga_str message, brygga_sink result);
    /* 1 when the keyed hash of message equals the expected raw bytes, compared in constant time.  [any] */
    int32_t (*verify)(const brygga_host* host, const brygga_call* call, brygga_str algorithm, brygga_str secret_name,
                      brygga_str message, brygga_str expected);
} brygga_service_crypto;

#ifdef __cplusplus
}
#endif
#endif
