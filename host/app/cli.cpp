// brygga: the command line. Talks to the control API; check, test, eval and plugin describe need no running host.
// Exit: 0 done; 1 failed; 2 usage; 3 done, but deliveries are held, dead or in doubt; 69 unreachable; 77 refused.

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <system_error>
#include <thread>

#include <unistd.h>

#include <Poco/Exception.h>
#include <Poco/URI.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/arguments.h"
#include "app/check.h"
#include "app/commands.h"
#include "app/follow.h"
#include "app/manual.h"
#include "app/offline.h"
#include "app/plugin_files.h"
#include "app/portable.h"
#include "app/preview_text.h"
#include "app/remote.h"
#include "app/table.h"
#include "base/log.h"
#include "brygga/sdk/text.hpp"

namespace brygga::app {
namespace {

class Cli {
public:
    Cli(Arguments arguments, Remote& remote) : arguments_{std::move(arguments)}, remote_{remote} {}

    int run() {
        const std::string& command = word(0);
        if (command == "connections") return connections();
        if (command == "flows") return flows();
        if (command == "plugin") return plugins();
        if (command == "alerts") return alerts();
        if (command == "token") return tokens();
        if (command == "plan" || command == "apply") return apply(command);
        if (command == "export") return export_to(word(1));
        if (command == "audit")
            return list("/v1/audit?object=" + encoded(arguments_.get("object")) +
                            "&limit=" + encoded(arguments_.get("limit", "50")),
                        {"at", "who", "action", "object", "outcome", "before", "after"});
        if (command == "preview") return preview();
        if (command == "run") return start_run();
        if (command == "runs" && word(1) == "cancel" && !word(2).empty())
            return show(remote_.call("POST", "/v1/runs/" + encoded(word(2)) + "/cancel"));
        if (command == "activity") return activity();
        if (command == "keys") return keys();
        if (command == "runs")
            return newest("/v1/runs?flow=" + encoded(arguments_.get("flow")),
                          {"id", "flow", "trigger", "state", "started_at", "counts"});
        if (command == "deliveries") return deliveries();
        if (command == "show" && !word(3).empty())
            return show(remote_.call(
                "GET", fmt::format("/v1/entities/{}/{}/{}", segment(word(1)), segment(word(2)), segment(word(3)))));
        if ((command == "show" || command == "replay" || command == "cancel" || command == "resolve") &&
            word(1).empty() && !(command == "replay" && arguments_.has("flow")))
            return fail(usage, fmt::format("{} needs the id of a delivery.", command), "brygga deliveries lists them.");
        if (command == "show") return show(remote_.call("GET", "/v1/deliveries/" + encoded(word(1))));
        if (command == "replay" && word(1).empty()) return replay_set();
        if (command == "checkpoint") return checkpoint();
        if (command == "resolve") return resolve();
        if (command == "replay")
            return show(remote_.call("POST", "/v1/deliveries/" + encoded(word(1)) + "/replay", again()));
        if (command == "cancel") return show(remote_.call("POST", "/v1/deliveries/" + encoded(word(1)) + "/cancel"));
        return fail(usage, fmt::format("{} is no command of a running host.", command), "See brygga --help.");
    }

private:
    const std::string& word(std::size_t i) const {
        static const std::string none;
        return i < arguments_.words.size() ? arguments_.words[i] : none;
    }
    static std::string encoded(const std::string& text) { return percent_encoded(text, ","); }
    static std::string segment(const std::string& text) { return percent_encoded(text, ""); }
    bool as_json() const { return arguments_.get("output", "table") == "json"; }

    int show(const std::optional<Json>& document) {
        if (!document) return remote_.exit_code;
        fmt::print("{}\n", as_json() ? document->dump() : document->pretty());
        return done;
    }
    int list(const std::string& path, const std::vector<std::string>& columns, std::string_view member = "items") {
        const auto document = remote_.call("GET", path);
        if (!document) return remote_.exit_code;
        if (as_json())
            fmt::print("{}\n", (member == "items" ? *document : (*document)[member]).dump());
        else
            fmt::print("{}", table((*document)[member], columns));
        return done;
    }

    /// A list of what happens: as it is, or followed. limit has a place of its own, since following reads further.
    int newest(const std::string& path, const std::vector<std::string>& columns) {
        if (arguments_.has("follow") && (arguments_.has("cursor") || arguments_.has("until")))
            return fail(usage, "--follow goes on from now; it takes no --cursor and no --until.");
        if (!arguments_.has("follow")) return list(path + "&limit=" + encoded(arguments_.get("limit", "50")), columns);
        const int show = std::atoi(arguments_.get("limit", "10").c_str());
        return follow(remote_, path, columns, static_cast<std::size_t>(std::clamp(show, 0, 100)), as_json());
    }

    int alerts() {
        const std::string& verb = word(1);
        if (verb == "list")
            return list("/v1/alerts",
                        {"id", "rule", "connection", "flow", "since", "count", "acknowledged.by", "cause", "remedy"});
        if (verb == "acknowledge" && !word(2).empty())
            return show(remote_.call("POST", "/v1/alerts/" + segment(word(2)) + "/acknowledge"));
        if (verb == "channels") return list("/v1/alert-channels", {"id", "kind", "severity", "signed"});
        if (verb == "test" && !word(2).empty())
            return show(remote_.call("POST", "/v1/alert-channels/" + encoded(word(2)) + "/test"));
        return fail(usage, "alerts list, acknowledge ID, channels or test CHANNEL.");
    }
    int activity() {
        std::string path = "/v1/activity?flow=" + encoded(arguments_.get("flow"));
        for (const auto& [option, name] :
             {std::pair{"state", "state"}, std::pair{"query", "q"}, std::pair{"since", "since"},
              std::pair{"until", "until"}, std::pair{"cursor", "cursor"}})
            if (arguments_.has(option)) path += fmt::format("&{}={}", name, encoded(arguments_.get(option)));
        return newest(path, {"at", "flow", "delivery", "source_ref.number", "kind", "state", "by", "error.message"});
    }
    int keys() {
        if (word(1) == "show") return show(remote_.call("GET", "/v1/keys/rotate"));
        if (word(1) != "rotate") return fail(usage, "keys show or rotate.");
        auto state = remote_.call("POST", "/v1/keys/rotate");
        while (state && arguments_.has("wait") && (*state)["sealed_anew_at"].is_null()) {
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
            state = remote_.call("GET", "/v1/keys/rotate");
        }
        return show(state);
    }
    /// How what is replayed is to be tried.
    Json again() const {
        Json body = Json::object();
        if (arguments_.has("from-start")) body.set("from", "start");
        if (const std::string& version = arguments_.get("flow-version"); !version.empty()) {
            const auto number = Json::parse(version);
            body.set("flow_version", number && number->is_number() ? *number : Json{version});
        }
        return body;
    }
    /// Oldest first; with --preview what would be written.
    int replay_set() {
        Json filter = Json::object({{"flow", arguments_.get("flow")}});
        for (const auto& [option, name] : {std::pair{"state", "state"}, std::pair{"query", "q"},
                                           std::pair{"since", "since"}, std::pair{"until", "until"}})
            if (arguments_.has(option)) filter.set(name, arguments_.get(option));
        const bool preview = arguments_.has("preview");
        const auto done =
            remote_.call("POST", "/v1/replays", again().set("filter", std::move(filter)).set("preview", preview),
                         std::chrono::minutes{6});
        if (!done || as_json()) return show(done);
        if (preview) {
            fmt::print("{}", preview_text(*done));
            fmt::print("{} would be tried again. Nothing was.\n", (*done)["count"].text());
            return app::done;
        }
        fmt::print("{} are tried again.\n", (*done)["count"].text());
        for (const Json& refused : (*done)["refused"].items()) fmt::print(stderr, "{}\n", refused["reason"].string());
        return (*done)["refused"].size() > 0 ? failed : app::done;
    }
    int resolve() {
        const std::string& outcome = word(2);
        if (outcome != "delivered" && outcome != "not_delivered")
            return fail(usage, "resolve ID delivered [--target ID [--number N]], or resolve ID not_delivered.");
        Json body = Json::object({{"outcome", outcome}}), target = Json::object();
        if (arguments_.has("target")) target.set("id", arguments_.get("target"));
        if (arguments_.has("number")) target.set("number", arguments_.get("number"));
        if (target.size() > 0) body.set("target", std::move(target));
        return show(remote_.call("POST", "/v1/deliveries/" + encoded(word(1)) + "/resolve", body));
    }
    int checkpoint() {
        if (word(1).empty()) return fail(usage, "checkpoint needs a FLOW.", "brygga flows list shows them.");
        const std::string path = "/v1/flows/" + encoded(word(1)) + "/checkpoint";
        if (arguments_.has("reset"))
            return remote_.call("DELETE", path, {}, std::chrono::seconds{60}, "*") ? done : remote_.exit_code;
        if (arguments_.has("set"))
            return show(remote_.call("PUT", path, Json::object({{"checkpoint", arguments_.get("set")}}),
                                     std::chrono::seconds{60}, "*"));
        return show(remote_.call("GET", path));
    }
    /// Exit 1 when the host finds something wrong; then nothing has changed.
    int apply(const std::string& verb) {
        if (word(1).empty()) return fail(usage, fmt::format("{} needs a directory.", verb));
        Portable portable = read_portable(word(1), process_environment());
        for (const auto& error : portable.errors) fmt::print(stderr, "error: {}\n", settings::to_text(error));
        if (!portable.errors.empty()) return failed;
        const auto answer = remote_.call(
            "POST", "/v1/config/" + verb,
            Json::object({{"documents", std::move(portable.documents)}, {"prune", arguments_.has("prune")}}));
        if (!answer) return remote_.exit_code;
        for (const Json& warning : (*answer)["warnings"].items()) fmt::print(stderr, "warning: {}\n", warning.string());
        for (const Json& error : (*answer)["errors"].items())
            fmt::print(stderr, "error: {} {}\n", error["reason"].string(), error["suggestion"].string());
        if (as_json()) {
            (void)show(answer);
        } else {
            for (const Json& change : (*answer)["changes"].items())
                fmt::print("{:<7}{} {}\n", change["action"].string(), change["kind"].string(), change["id"].string());
            if ((*answer)["changes"].size() == 0) fmt::print("There is nothing to do.\n");
        }
        return (*answer)["errors"].size() > 0 ? failed : done;
    }
    int export_to(const std::string& directory) {
        if (directory.empty()) return fail(usage, "export needs a directory.");
        const auto found = remote_.call("GET", "/v1/config/export");
        if (!found) return remote_.exit_code;
        const auto written = write_portable(directory, (*found)["documents"]);
        if (!written) return fail(failed, written.error().message, written.error().remedy);
        for (const std::string& file : written->files) fmt::print("{}\n", file);
        if (!written->variables.empty())
            fmt::print(stderr, "Secrets are not exported. Before these files are used, set: {}\n",
                       fmt::join(written->variables, ", "));
        return done;
    }
    int tokens() {
        const std::string &verb = word(1), &name = word(2);
        if (verb == "list")
            return list("/v1/tokens", {"id", "name", "scope", "created_at", "expires_at", "last_used_at"});
        if (verb == "create" && !name.empty() && arguments_.has("scope")) return create_token(name);
        if (verb != "revoke" || name.empty())
            return fail(usage, "token list, create NAME --scope viewer|operator|admin, or revoke ID.");
        if (!remote_.call("DELETE", "/v1/tokens/" + encoded(name))) return remote_.exit_code;
        if (!as_json()) fmt::print("Token {} is not valid any more.\n", name);
        return done;
    }
    int create_token(const std::string& name) {
        Json body = Json::object({{"name", name}, {"scope", arguments_.get("scope")}});
        if (arguments_.has("expires")) body.set("expires_at", arguments_.get("expires"));
        const auto made = remote_.call("POST", "/v1/tokens", body);
        if (!made || as_json()) return show(made);
        fmt::print("{}\n", (*made)["token"].string());
        fmt::print(stderr, "This is the token of {} ({}, id {}). It is not shown again.\n", name,
                   (*made)["scope"].string(), (*made)["id"].string());
        return done;
    }
    int plugins() {
        if (word(1) == "list")
            return list("/v1/plugins", {"id", "version", "state", "connections", "file", "error.message"});
        if (word(1) != "remove" || word(2).empty())
            return fail(usage, "plugin list, describe FILE, install FILE or remove ID.");
        const auto known = remote_.call("GET", "/v1/plugins");
        if (!known) return remote_.exit_code;
        for (const Json& plugin : (*known)["items"].items())
            if (plugin["id"].string() == word(2) && plugin["connections"].size() > 0)
                return fail(failed, fmt::format("connector {} is in use.", word(2)),
                            fmt::format("Take its connections out of connections.d and reload first: {}.",
                                        plugin["connections"].dump()));
        const auto removed = remove_plugin(word(2), arguments_.get("dir", own_plugins));
        if (!removed) return fail(failed, removed.error().message, removed.error().remedy);
        fmt::print("Connector {} is removed.\n", word(2));
        return done;
    }

    int connections() {
        const std::string &verb = word(1), id = encoded(word(2));
        if (verb == "list") return list("/v1/connections", {"id", "connector", "state", "since", "error.message"});
        if (verb == "check" && !id.empty()) return show(remote_.call("POST", "/v1/connections/" + id + "/check"));
        if (verb == "options" && !id.empty()) return options(id);
        if (verb == "authorize" && !id.empty()) return authorize(id);
        if (verb == "webhooks" && !id.empty())
            return list("/v1/connections/" + id,
                        {"event", "state", "since", "last_hint", "hints", "refused", "error.message"}, "webhooks");
        return fail(usage, "connections list, check ID, authorize ID, options ID KIND or webhooks ID.");
    }
    int options(const std::string& id) {
        if (!word(3).empty())
            return list("/v1/connections/" + id + "/options/" + encoded(word(3)),
                        {"id", "label", "active", "attributes"});
        const auto connection = remote_.call("GET", "/v1/connections/" + id);
        if (!connection) return remote_.exit_code;
        const auto connector =
            remote_.call("GET", "/v1/connectors/" + segment(std::string{(*connection)["connector"].string()}));
        if (!connector) return remote_.exit_code;
        std::string kinds;
        for (const Json& kind : (*connector)["options"].items())
            kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", kind.string());
        return fail(
            usage, "connections options ID needs a KIND.",
            kinds.empty() ? std::string{"This connection has none."} : fmt::format("{} has {}.", word(2), kinds));
    }
    int authorize(const std::string& id) {
        const std::string path = "/v1/connections/" + id + "/authorize";
        if (arguments_.has("answer")) {
            const auto answer = answer_of(arguments_.get("answer"));
            return answer ? show(remote_.call("POST", path, *answer))
                          : fail(usage, "the answer has no code and state.",
                                 "Give the whole address that the browser shows after the consent, in quotes.");
        }
        const auto begun = remote_.call("POST", path, Json::object({{"redirect_uri", arguments_.get("redirect-uri")}}));
        if (!begun || as_json()) return show(begun);
        fmt::print("Open this address in a browser, as a user of the company, within ten minutes:\n\n{}\n\n",
                   (*begun)["url"].string());
        if ((*begun)["returns_here"].boolean())
            fmt::print("The browser then says whether it worked.\n");
        else
            fmt::print(
                "The browser then goes to {}; nothing needs to answer there. Give the address that it shows:\n"
                "brygga connections authorize {} --answer 'ADDRESS'\n",
                (*begun)["redirect_uri"].string(), id);
        return done;
    }
    /// {"state", "code"} of the address to which a vendor led a browser.
    static std::optional<Json> answer_of(const std::string& address) {
        Json out = Json::object();
        try {
            for (const auto& [name, value] : Poco::URI{address}.getQueryParameters())
                if (name == "state" || name == "code") out.set(name, value);
        } catch (const Poco::Exception&) {
            return std::nullopt;
        }
        return out.size() == 2 ? std::optional{std::move(out)} : std::nullopt;
    }
    int flows() {
        const std::string &verb = word(1), id = encoded(word(2));
        if (verb == "list")
            return list("/v1/flows",
                        {"id", "from", "to", "entity", "state", "version", "rolled_back_to", "deliveries"});
        if (!id.empty() && (verb == "pause" || verb == "stop" || verb == "resume" || verb == "restart"))
            return show(remote_.call("POST", "/v1/flows/" + id + "/" + verb));
        if (!id.empty() && verb == "preflight") return preflight(id);
        if (!id.empty() && verb == "versions") return versions("/v1/flows/" + id + "/versions");
        if (!id.empty() && verb == "rollback") return roll_back(id);
        return fail(usage, "flows list, or pause, stop, resume, restart, preflight, versions, rollback with a FLOW.");
    }
    /// The list, one of them, or what changed between two.
    int versions(const std::string& path) {
        if (!arguments_.has("diff") && word(3).empty())
            return list(path, {"number", "since", "active", "cause", "same_as"});
        std::string wanted = word(3);
        if (wanted.empty()) {
            const auto newest = remote_.call("GET", path + "?limit=1");
            if (!newest) return remote_.exit_code;
            wanted = (*newest)["items"].at(0)["number"].text();
        }
        const auto shown =
            remote_.call("GET", path + "/" + encoded(wanted) + "?against=" + encoded(arguments_.get("diff")));
        if (!shown) return remote_.exit_code;
        const bool diff = arguments_.has("diff");
        std::string text{(*shown)[diff ? "difference" : "definition"].string()};
        if (text.empty())
            text = fmt::format("Version {} and version {} are the same.\n", arguments_.get("diff"), wanted);
        fmt::print("{}", as_json() ? shown->dump() + "\n" : text);
        return done;
    }
    int roll_back(const std::string& flow) {
        const auto number = Decimal::parse(word(3));
        if (!number)
            return fail(usage, "rollback needs a FLOW and a number.", "brygga flows versions FLOW lists them.");
        const auto active =
            remote_.call("POST", "/v1/flows/" + flow + "/rollback", Json::object({{"version", *number}}));
        if (!active) return remote_.exit_code;
        if (as_json()) return show(active);
        const bool file = (*active)["rolled_back_to"].is_null();
        fmt::print("Flow {}: version {} is active, {}\n", word(2), (*active)["version"].text(),
                   file ? std::string{"what its file says."}
                        : fmt::format("the same as version {}. Its file is set aside until it changes.", word(3)));
        return done;
    }
    /// Fails when there are problems, so that a script can wait for a set-up to be right.
    int preflight(const std::string& flow) {
        const auto found = remote_.call("POST", "/v1/flows/" + flow + "/preflight", {}, std::chrono::minutes{6});
        if (!found) return remote_.exit_code;
        fmt::print("{}", as_json() ? found->dump() + "\n" : preflight_text(*found));
        return (*found)["ready"].boolean() ? done : failed;
    }
    int deliveries() {
        return newest(fmt::format("/v1/deliveries?state={}&flow={}&q={}", encoded(arguments_.get("state")),
                                  encoded(arguments_.get("flow")), encoded(arguments_.get("query"))),
                      {"id", "flow", "record=source_ref.number", "state", "document=target_ref.number",
                       "total=totals.target.gross", "currency=totals.currency", "updated=updated_at", "error.message",
                       "error.remedy"});
    }

    /// Nothing is written anywhere.
    int preview() {
        if (word(1).empty()) return fail(usage, "preview needs a FLOW.", "brygga flows list shows them.");
        Json body = Json::object();
        add_records(body);
        return show_preview(
            remote_.call("POST", "/v1/flows/" + encoded(word(1)) + "/preview", body, std::chrono::minutes{6}));
    }
    int show_preview(const std::optional<Json>& shown) {
        if (!shown) return remote_.exit_code;
        fmt::print("{}", as_json() ? shown->dump() + "\n" : preview_text(*shown));
        if (!as_json()) fmt::print("{}", preview_summary(*shown));
        for (const Json& record : (*shown)["records"].items())
            if (record["outcome"].string() == "held" || record["outcome"].string() == "dead") return attention;
        return done;
    }
    void add_records(Json& body) const {
        const auto records = arguments_.options.find("record");
        if (records == arguments_.options.end()) return;
        Json numbers = Json::array();
        for (const std::string& number : records->second) numbers.push(number);
        body.set("records", std::move(numbers));
    }

    int start_run() {
        if (word(1).empty()) return fail(usage, "run needs a FLOW.");
        const bool dry = arguments_.has("dry-run");
        Json body = Json::object({{"mode", dry ? "dry_run" : "live"}});
        add_records(body);
        if (const std::string range = arguments_.get("numbers"); !range.empty()) {
            const auto dots = range.find("..");
            if (dots == std::string::npos)
                return fail(usage, "--numbers needs two order numbers.", "Write 1001..1040.");
            body.set("numbers", Json::object({{"from", range.substr(0, dots)}, {"to", range.substr(dots + 2)}}));
        }
        for (const char* date : {"from", "to"})
            if (arguments_.has(date)) body.set(date, arguments_.get(date));
        const auto run = remote_.call("POST", "/v1/flows/" + encoded(word(1)) + "/runs", body);
        if (!run) return remote_.exit_code;
        const std::string id{(*run)["id"].string()};
        if (dry) return plan_of(id);
        return arguments_.has("wait") ? wait_for(id) : show(run);
    }

    /// When the dry run has ended.
    int plan_of(const std::string& id) {
        const std::string path = "/v1/runs/" + encoded(id);
        for (;;) {
            const auto run = remote_.call("GET", path);
            if (!run) return remote_.exit_code;
            const std::string_view state = (*run)["state"].string();
            if (state == "done") return show_preview(remote_.call("GET", path + "/plan"));
            if (state != "queued" && state != "running") {
                const Json& error = (*run)["error"];
                return fail(failed, fmt::format("The dry run {} is {}. {}", id, state, error["message"].string()),
                            std::string{error["remedy"].string()});
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
        }
    }

    /// One line on a terminal, written over the one before: the run's state and its deliveries; null wipes it.
    void progress(const Json& run) const {
        if (as_json() || isatty(STDERR_FILENO) == 0) return;
        std::string line{run["state"].string()};
        for (const auto& [state, count] : run["deliveries"].members())
            line += fmt::format(", {} {}", count.text(), state);
        fmt::print(stderr, "\r\x1b[K{}", line);
    }
    /// Until the run has read and the flow has nothing more to do; what waits for a retry is waited for, too. A run
    /// of the schedule may have read the same records first, so the whole flow counts.
    int wait_for(const std::string& id) {
        for (;;) {
            const auto run = remote_.call("GET", "/v1/runs/" + encoded(id));
            if (!run) return remote_.exit_code;
            const auto flow = remote_.call("GET", "/v1/flows/" + encoded(word(1)));
            if (!flow) return remote_.exit_code;
            const std::string_view state = (*run)["state"].string();
            const auto count = [&](const char* name) { return (*flow)["deliveries"][name].integer(0); };
            const bool reading = state == "queued" || state == "running";
            progress(*run);
            if (!reading && count("pending") + count("in_flight") + count("waiting") == 0) {
                Json shown = *run;
                progress({});
                show(shown.set("flow_deliveries", (*flow)["deliveries"]));
                if (state != "done") return failed;
                return count("held") + count("dead") + count("in_doubt") > 0 ? attention : done;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds{200});
        }
    }

    Arguments arguments_;
    Remote& remote_;
};

/// For the build.
int print_manual(const std::string& file) {
    std::ifstream in{file};
    std::ostringstream text;
    text << in.rdbuf();
    const auto page = manual(text.str());
    if (!page) return fail(failed, page.error().message, page.error().remedy);
    return fmt::print("{}", *page), done;
}

int main(const std::vector<std::string>& words) {
    if (words.size() > 1 && words[0] == "completion" && words[1] == "words") {
        const bool parted = words.size() > 2 && words[2] == "--";
        return fmt::print("{}", completions({words.begin() + (parted ? 3 : 2), words.end()})), done;
    }
    if (words.size() == 3 && words[0] == "completion" && words[1] == "manual") return print_manual(words[2]);
    const auto arguments = parse_arguments(words, option_specs());
    if (!arguments) return fail(usage, arguments.error().message, arguments.error().remedy);
    if (arguments->has("version")) return fmt::print("brygga {}\n", BRYGGA_VERSION), done;
    if (arguments->has("help") || arguments->words.empty())
        return fmt::print(arguments->has("help") ? stdout : stderr, "{}", help(arguments->words)),
               arguments->has("help") ? done : usage;
    const std::string output = arguments->get("output", "table");
    if (output != "table" && output != "json") return fail(usage, "--output is table or json.");

    if (const auto wrong = misuse(*arguments)) return fail(usage, wrong->message, wrong->remedy);

    if (arguments->words[0] == "completion") {
        const auto script = completion_script(arguments->words.size() > 1 ? arguments->words[1] : "");
        if (!script) return fail(usage, "completion bash, zsh or fish.");
        return fmt::print("{}", *script), done;
    }
    NullLog log;
    if (arguments->words[0] == "check")
        return check_directory(arguments->words.size() > 1 ? arguments->words[1] : "", *arguments, log);
    if (arguments->words[0] == "test")
        return test_directory(arguments->words.size() > 1 ? arguments->words[1] : "", output == "json", log);
    if (arguments->words[0] == "eval") return evaluate(*arguments);
    if (arguments->words[0] == "plugin" && arguments->words.size() == 3) {
        if (arguments->words[1] == "describe") return describe(arguments->words[2]);
        if (arguments->words[1] == "install") return install(*arguments);
    }

    auto secret = token_of(*arguments);
    if (!secret) return fail(failed, "the token file cannot be read.", "Check --token-file and its permissions.");
    const SystemClock clock;
    Remote remote{arguments->get("url", environment("BRYGGA_URL", "http://127.0.0.1:8585")), std::move(*secret),
                  ca_of(*arguments), clock, log};
    return Cli{*arguments, remote}.run();
}

}  // namespace
}  // namespace brygga::app

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);  // a host that goes while it is written to by TLS is an error like any other
    try {
        return brygga::app::main({argv + 1, argv + argc});
    } catch (const std::system_error& e) {
        if (e.code() != std::errc::broken_pipe) std::fprintf(stderr, "brygga: %s\n", e.what());
        return 1;  // of a broken pipe nobody wants to hear: the reader has seen enough
    } catch (const std::exception& e) {
        std::fprintf(stderr, "brygga: %s\n", e.what());
        return 1;
    }
}
