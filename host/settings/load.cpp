#include "settings/load.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "base/utf8.h"
#include "base/zone.h"
#include "http/url.h"
#include "settings/check_together.h"
#include "settings/read_channel.h"
#include "settings/read_flow.h"
#include "settings/reader.h"
#include "settings/text_file.h"
#include "settings/yaml_documents.h"

namespace brygga::settings {

namespace fs = std::filesystem;

namespace {

constexpr int deepest = 32;
constexpr std::size_t most_keys = 10'000;  ///< of one mapping
constexpr std::size_t most_documents = 1'000;
/// Of a file, with what its aliases stand for; the largest file without aliases has less.
constexpr std::int64_t most_text = 2 << 20;

/// Whether a document can be read in full: an alias may stand for what it is itself a part of, a few lines of aliases
/// for a billion values, and the escapes \N and \_ for bytes that are no UTF-8.
bool is_sound(const FileContext& file, const YAML::Node& node, int depth, std::int64_t& left) {
    left -= 1 + std::ssize(node.Scalar());
    if (depth == 0 || left < 0) {
        file.error(node, fmt::format("the value is nested deeper than {} or longer than 2 MiB", deepest),
                   "look for an alias (*name) inside of what it stands for");
        return false;
    }
    if (node.IsMap() && node.size() > most_keys) {
        file.error(node, fmt::format("there are {} keys in one mapping, and {} are the most", node.size(), most_keys),
                   "divide it");
        return false;
    }
    if (!is_utf8(node.Scalar()) || node.Scalar().find('\0') != std::string::npos) {
        file.error(node, "the value is not UTF-8, or has a zero byte",
                   "write its characters themselves, without an escape");
        return false;
    }
    for (const auto& entry : node) {
        const bool sound =
            node.IsMap() ? is_sound(file, entry.first, depth - 1, left) && is_sound(file, entry.second, depth - 1, left)
                         : is_sound(file, entry, depth - 1, left);
        if (!sound) return false;
    }
    return true;
}

class Loader {
public:
    Loader(const std::string& directory, const Environment& environment, const std::vector<store::Document>& documents)
        : directory_{directory}, environment_{environment}, documents_{documents} {
        out_.configuration.directory = directory;
    }
    Loaded run(bool together);

private:
    FileContext context(const std::string& file, std::string_view content, bool variables) {
        return {file, variables ? &environment_ : nullptr, out_.errors, out_.warnings, lines_of(content)};
    }
    void problem(const std::string& file, std::string message, std::string suggestion = {}) {
        out_.errors.push_back({{file, 0, 0}, std::move(message), std::move(suggestion)});
    }
    /// Whether all of them could be read.
    template <class Read>
    bool documents(const std::string& file, Read&& read);
    template <class Read>
    bool parse(const std::string& file, const std::string& text, bool variables, Read&& read);
    template <class Read>
    bool folder(const std::string& name, Read&& read);
    void read_flow_document(Reader& r);

    std::string path(const std::string& text) const {
        return text.empty() || fs::path{text}.is_absolute() ? text
                                                            : (fs::path{directory_} / text).lexically_normal().string();
    }
    Origin origin(const Reader& r, const std::set<std::string>& secrets) const;
    void read_host(Reader& r);
    void read_listen(Reader& r);
    void read_tls(Reader& r);
    std::string credential_file(Reader& r, const std::string& name, std::string_view otherwise);
    void read_connection(Reader& r);
    Secret read_secret(Reader& r, const std::string& name, const YAML::Node& value);
    void read_alert_channel(Reader& r);

    std::string directory_;
    const Environment& environment_;
    const std::vector<store::Document>& documents_;
    const store::Document* reading_ = nullptr;  ///< of the API; else a file is read
    Loaded out_;
    bool all_connections_ = true;  ///< each has been read at least as far as its name
};

template <class Read>
bool Loader::documents(const std::string& file, Read&& read) {
    const auto text = read_text_file(fs::path{directory_} / file);
    if (!text) {
        problem(file, "the file cannot be read, or is larger than 1 MiB", "check its permissions");
        return false;
    }
    return parse(file, *text, !file.starts_with("flows.d"), read);
}

template <class Read>
bool Loader::parse(const std::string& file, const std::string& text, bool variables, Read&& read) {
    // A zero byte would make the YAML library take the file for another encoding.
    if (!is_utf8(text) || text.find('\0') != std::string::npos) {
        problem(file, "the text is not UTF-8", "save it as UTF-8 without a byte order mark");
        return false;
    }
    try {
        const std::vector<YAML::Node> all = yaml_documents(text);
        if (all.size() > most_documents) {
            problem(file, fmt::format("there are {} documents in it, and {} are the most", all.size(), most_documents),
                    "divide them over several files");
            return false;
        }
        const FileContext where = context(file, text, variables);
        std::int64_t left = most_text;
        bool whole = true;
        int count = 0;
        for (const YAML::Node& document : all) {
            if (document.IsNull()) continue;
            if (++count == 2 && file == "brygga.yaml")
                problem(file, "there are several documents in it, but a host has one", "remove the line --- in it");
            if (left < 0) break;
            if (!is_sound(where, document, deepest, left)) {
                whole = false;
                continue;
            }
            Reader reader{where, document, "this document"};
            read(reader);
            reader.finish();
        }
        return whole;
    } catch (const YAML::Exception& e) {
        out_.errors.push_back(
            {{file, e.mark.line + 1, e.mark.column + 1},
             fmt::format("this is no YAML: {}",
                         is_utf8(e.msg) ? e.msg : "a character in quotes that cannot be escaped"),
             "check indentation, quotes and colons here; an expression with ?, : or # stands in quotes"});
        return false;
    }
}

template <class Read>
bool Loader::folder(const std::string& name, Read&& read) {
    std::error_code failed;
    std::set<std::string> files;
    for (const auto& entry : fs::directory_iterator{fs::path{directory_} / name, failed}) {
        const std::string file = entry.path().filename().string();
        if ((file.ends_with(".yaml") || file.ends_with(".yml")) && !file.starts_with("."))
            files.insert(fmt::format("{}/{}", name, file));
    }
    bool whole = true;
    for (const std::string& file : files) whole &= documents(file, read);
    return whole;
}

Loaded Loader::run(bool together) {
    std::error_code failed;
    if (!fs::is_directory(directory_, failed)) {
        problem(directory_, "this directory does not exist or cannot be read",
                "give the directory of brygga.yaml with --config DIR");
        return std::move(out_);
    }
    if (fs::exists(fs::path{directory_} / "brygga.yaml", failed))
        documents("brygga.yaml", [&](Reader& r) { read_host(r); });
    all_connections_ &= folder("connections.d", [&](Reader& r) { read_connection(r); });
    folder("flows.d", [&](Reader& r) { read_flow_document(r); });
    folder("alerts.d", [&](Reader& r) { read_alert_channel(r); });
    for (const store::Document& document : documents_) {
        reading_ = &document;
        const std::string place = fmt::format("api/{}/{}", document.kind, document.id);
        if (document.kind == "connections")
            all_connections_ &= parse(place, document.text, false, [&](Reader& r) { read_connection(r); });
        else if (document.kind == "flows")
            parse(place, document.text, false, [&](Reader& r) { read_flow_document(r); });
        else
            parse(place, document.text, false, [&](Reader& r) { read_alert_channel(r); });
    }
    if (together) check_together(out_, all_connections_);
    return std::move(out_);
}

/// What people may see of a document; `secrets`: the keys of secrets, or of mappings of them.
Origin Loader::origin(const Reader& r, const std::set<std::string>& secrets) const {
    std::vector<Problem> told_already;
    const FileContext quiet{r.file().file, nullptr, told_already, told_already};
    const Reader plain{quiet, r.node(), ""};
    const auto shown = [&](const YAML::Node& source) {
        return source.IsScalar() ? Json::object({{"hidden", true}}) : plain.json(source);
    };
    Origin out;
    out.api = reading_ != nullptr;
    if (reading_) out.changed_at = reading_->changed_at;
    out.document = Json::object();
    if (!r.node().IsMap()) return out;
    for (const auto& entry : r.node()) {
        const std::string& key = entry.first.Scalar();
        if (!secrets.contains(key)) {
            out.document.set(key, plain.json(entry.second));
        } else if (key == "secrets" && entry.second.IsMap()) {
            Json hidden = Json::object();
            for (const auto& secret : entry.second) hidden.set(secret.first.Scalar(), shown(secret.second));
            out.document.set(key, std::move(hidden));
        } else {
            out.document.set(key, shown(entry.second));
        }
    }
    return out;
}

void Loader::read_flow_document(Reader& r) {
    // A caller of the API reads no files of the host.
    const ReadText none = [](const std::string&) { return std::optional<std::string>{}; };
    Flow flow = read_flow(r, reading_ ? none : files_beside(directory_));
    flow.origin = origin(r, {});
    out_.configuration.flows.push_back(std::move(flow));
}

void Loader::read_listen(Reader& r) {
    Host& h = out_.configuration.host;
    const std::string listen = r.text("listen", fmt::format("{}:{}", h.listen_host, h.listen_port));
    const auto colon = listen.rfind(':');
    int port = -1;
    if (colon != std::string::npos) std::from_chars(listen.data() + colon + 1, listen.data() + listen.size(), port);
    if (port < 0 || port > 65535 || colon == 0) {
        r.file().error(r.find("listen"),
                       fmt::format("'listen' must be an address and a port, not '{}'", excerpt(listen, 60)),
                       "write for example 127.0.0.1:8585");
        return;
    }
    h.listen_host = listen.substr(0, colon);
    h.listen_port = port;
}

/// Where systemd has put it; an error and an empty directory when nothing was handed over.
std::string Loader::credential_file(Reader& r, const std::string& name, std::string_view otherwise) {
    const auto directory = environment_("CREDENTIALS_DIRECTORY");
    if (!directory)
        r.file().error(r.node(),
                       fmt::format("there is no systemd credential '{}': CREDENTIALS_DIRECTORY is not set", name),
                       fmt::format("start it as a service with LoadCredential, or {}", otherwise));
    return directory.value_or("") + "/" + name;
}

void Loader::read_tls(Reader& r) {
    if (!r.has("tls")) {
        const std::string& host = out_.configuration.host.listen_host;
        if (!http::is_loopback_name(host) && host != "[::1]")
            out_.warnings.push_back(
                {r.file().at(r.has("listen") ? r.find("listen") : r.node()),
                 fmt::format("the API listens on {} without TLS: tokens can be read on the way", host),
                 "set tls: { certificate: FILE, key: FILE }, or listen on 127.0.0.1 behind a "
                 "proxy that has TLS"});
        return;
    }
    Tls& tls = out_.configuration.host.tls;
    Reader section = r.section("tls");
    tls.place = r.file().at(r.find("tls"));
    const std::string certificate = section.text("certificate");
    std::string key;
    bool told = false;
    if (section.has("key") && section.find("key").IsMap()) {
        Reader source = section.section("key");
        const std::string file = source.text("file"), credential = source.text("credential");
        told = file.empty() == credential.empty();
        if (told)
            source.file().error(source.node(), "'key' has 'file' or 'credential', one of them", "write key: FILE");
        if (!file.empty()) key = file;
        tls.credential = file.empty() && !credential.empty();
        if (tls.credential) key = credential_file(source, credential, "write key: FILE");
        source.finish();
    } else {
        key = section.text("key");
    }
    section.finish();
    if (certificate.empty() || (key.empty() && !told)) {
        section.file().error(section.node(), "'tls' needs 'certificate' and 'key'",
                             "write tls: { certificate: fullchain.pem, key: privkey.pem }");
    }
    if (certificate.empty() || key.empty()) return;
    tls.certificate = path(certificate);
    tls.key = path(key);
}

void Loader::read_host(Reader& r) {
    Host& h = out_.configuration.host;
    read_listen(r);
    h.public_url = r.text("public_url");
    while (h.public_url.ends_with('/')) h.public_url.pop_back();
    if (!h.public_url.empty() && !http::parse_url(h.public_url))
        r.file().error(r.find("public_url"),
                       fmt::format("'public_url' must be an address, not '{}'", excerpt(h.public_url, 60)),
                       "write for example https://brygga.example.com");
    const std::string store = r.text("store", "sqlite:" + h.store);
    if (store.starts_with("sqlite:") && store.size() > 7)
        h.store = path(store.substr(7));
    else
        r.file().error(r.find("store"),
                       fmt::format("this version stores in SQLite only, not in '{}'", store.substr(0, store.find(':'))),
                       "write sqlite:/var/lib/brygga/brygga.db");
    Reader key = r.section("master_key");
    if (key.has("file") && key.has("credential"))
        key.file().error(key.node(), "'master_key' has 'file' or 'credential', not both", "remove one");
    h.master_key_file = path(key.text("file", h.master_key_file));
    if (const std::string credential = key.text("credential"); !credential.empty() && !key.has("file"))
        h.master_key_file = credential_file(key, credential, "use master_key: { file: … }");
    key.finish();
    read_tls(r);
    h.plugin_dirs = r.list("plugin_dirs", h.plugin_dirs, {});
    const bool named = r.has("plugin_dirs") && r.find("plugin_dirs").IsSequence();
    for (std::string& dir : h.plugin_dirs) {
        dir = path(dir);
        if (std::error_code failed; named && !fs::is_directory(dir, failed))
            out_.warnings.push_back(
                {r.file().at(r.find("plugin_dirs")), fmt::format("the plugin directory {} does not exist", dir), ""});
    }
    h.workers = r.integer("workers", h.workers, 1, 256);
    Reader log = r.section("log");
    h.log_level = log.one_of("level", h.log_level, {"debug", "info", "warning", "error"});
    h.log_format = log.one_of("format", h.log_format, {"json", "text"});
    log.finish();
    Reader keep = r.section("retention");
    h.retain_activity = keep.duration("activity", h.retain_activity);
    h.retain_runs = keep.duration("runs", h.retain_runs);
    h.retain_dead_payload = keep.duration("dead_payload", h.retain_dead_payload);
    (void)keep.duration("dead", {});
    keep.without_effect("dead", "this version keeps the rows of dead deliveries; dead_payload drops their content");
    h.retain_audit = keep.duration("audit", h.retain_audit);
    keep.finish();
    h.admin_token_file = path(r.text("admin_token_file", h.admin_token_file));
    h.strict_secrets = r.boolean("strict_secrets", false);
}

Secret Loader::read_secret(Reader& r, const std::string& name, const YAML::Node& value) {
    if (reading_) {
        if (value.IsScalar()) return Secret{value.Scalar()};
        r.file().error(value, fmt::format("the secret '{}' is no text", name),
                       "give the secret itself: the host keeps it encrypted, and reads neither files nor environment "
                       "for the API");
        return {};
    }
    if (const std::string& text = value.Scalar(); value.IsScalar() && text.starts_with("${") && text.ends_with("}"))
        return Secret{r.file().expand(value, text)};
    if (value.IsScalar()) {
        const Position at = r.file().at(value);
        Problem plain{at, fmt::format("the secret '{}' stands in the file as plain text", name),
                      fmt::format("write {}: {{ env: NAME }} or {{ file: path }}", name)};
        (out_.configuration.host.strict_secrets ? out_.errors : out_.warnings).push_back(std::move(plain));
        return Secret{r.file().expand(value, value.Scalar())};
    }
    const std::size_t told = r.file().errors.size();
    Reader source{r.file(), value, fmt::format("secret '{}'", name)};
    const std::string env = source.text("env"), file = source.text("file"), credential = source.text("credential");
    source.finish();
    if (!env.empty() + !file.empty() + !credential.empty() > 1)
        r.file().error(value, fmt::format("the secret '{}' names several sources", name), "keep one of them");
    if (!env.empty()) {
        const auto text = environment_(env);
        if (!text || text->empty())
            r.file().error(value,
                           fmt::format("the environment variable {} of the secret '{}' is not defined", env, name),
                           fmt::format("export {}=… before the start", env));
        return Secret{text.value_or("")};
    }
    std::string where = path(file);
    if (!credential.empty()) where = environment_("CREDENTIALS_DIRECTORY").value_or("/nonexistent") + "/" + credential;
    if (where.empty()) {
        if (r.file().errors.size() == told)
            r.file().error(value, fmt::format("the secret '{}' names no source", name),
                           "write { env: NAME }, { file: path } or { credential: name }");
        return {};
    }
    auto text = read_text_file(where);
    if (!text) {
        r.file().error(value, fmt::format("the file {} of the secret '{}' cannot be read", where, name),
                       "create it, readable for the service only");
        return {};
    }
    if (is_open_to_everybody(where))
        out_.warnings.push_back(
            {r.file().at(value),
             fmt::format("everybody on this computer can read the file {} of the secret '{}'", where, name),
             fmt::format("chmod o= {}", where)});
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    return Secret{std::move(*text)};
}

void Loader::read_alert_channel(Reader& r) {
    Channel c =
        read_channel(r, [&](const YAML::Node& value, const std::string& name) { return read_secret(r, name, value); });
    const auto& all = out_.configuration.channels;
    if (std::ranges::find(all, c.id, &Channel::id) != all.end())
        r.file().error(r.find("channel"), fmt::format("there is another channel '{}'", c.id), "give each its own name");
    c.origin = origin(r, {"secret", "url", "password"});
    out_.configuration.channels.push_back(std::move(c));
}

void Loader::read_connection(Reader& r) {
    Connection c;
    c.places.whole = r.file().at(r.node());
    c.id = r.required("connection", "shop-nl");
    all_connections_ &= !c.id.empty();
    c.connector = r.required("connector", "ccvshop");
    const YAML::Node config = r.find("config");
    c.config = config.IsDefined() && config.IsMap() ? r.json(config) : Json::object();
    c.config_read = !config.IsDefined() || config.IsMap() || config.IsNull();
    if (!c.config_read)
        r.file().error(config, "'config' must be a mapping of the connector's keys to values",
                       "write for example config: { base_url: https://shop.example }");
    if (config.IsDefined() && config.IsMap())
        for (const auto& entry : config) c.places.parts["config/" + entry.first.Scalar()] = r.file().at(entry.second);
    const YAML::Node secrets = r.find("secrets");
    c.secrets_read = !secrets.IsDefined() || secrets.IsMap() || secrets.IsNull();
    if (secrets.IsDefined() && secrets.IsMap())
        for (const auto& entry : secrets) {
            c.secrets[entry.first.Scalar()] = read_secret(r, entry.first.Scalar(), entry.second);
            c.places.parts["secrets/" + entry.first.Scalar()] = r.file().at(entry.second);
        }
    if (!c.secrets_read)
        r.file().error(secrets, "'secrets' must be a mapping of names to sources",
                       "write for example secrets: { secret_key: { env: NAME } }");
    c.time_zone = r.text("time_zone");
    if (!c.time_zone.empty() && !Zone::find(c.time_zone))
        r.file().error(r.find("time_zone"), fmt::format("there is no time zone '{}'", c.time_zone),
                       "write for example Europe/Amsterdam");
    if (r.has("settle")) c.settle = r.duration("settle", Milliseconds{90'000});
    if (r.has("isolation"))
        c.isolation =
            r.choice("isolation", Isolation::process, {{"none", Isolation::none}, {"process", Isolation::process}});
    r.place(c.places, "connector");
    r.place(c.places, "settle");
    r.place(c.places, "time_zone");
    c.origin = origin(r, {"secrets"});
    out_.configuration.connections.push_back(std::move(c));
}

}  // namespace

std::optional<Milliseconds> parse_duration(std::string_view text) {
    std::int64_t n = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
    const std::string_view unit{end, static_cast<std::size_t>(text.data() + text.size() - end)};
    if (error != std::errc{} || n < 0) return std::nullopt;
    // A hundred years can still be added to an instant in nanoseconds.
    constexpr std::int64_t longest = 36'500 * std::int64_t{86'400'000};
    for (const auto& [name, ms] : {std::pair{"ms", 1}, std::pair{"s", 1'000}, std::pair{"m", 60'000},
                                   std::pair{"h", 3'600'000}, std::pair{"d", 86'400'000}})
        if (unit == name) return n <= longest / ms ? std::optional{Milliseconds{n * ms}} : std::nullopt;
    return std::nullopt;
}

std::string to_text(const Problem& p) {
    std::string out = p.at.file;
    if (p.at.line > 0) out += fmt::format(":{}:{}", p.at.line, p.at.column);
    out += ": " + p.message;
    if (!p.suggestion.empty()) out += "; " + p.suggestion;
    if (!p.excerpt.empty()) out += "\n" + p.excerpt;
    return out;
}

Loaded load(const std::string& directory, const Environment& environment,
            const std::vector<store::Document>& documents) {
    return Loader{directory, environment, documents}.run(true);
}

Loaded load_documents(const std::string& directory, const Environment& environment) {
    return Loader{directory, environment, {}}.run(false);
}

}  // namespace brygga::settings
