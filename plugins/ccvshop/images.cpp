#include "images.h"

#include "brygga/sdk/base64.hpp"
#include "brygga/sdk/text.hpp"
#include "vendor.h"

namespace brygga::ccvshop {
namespace {

using sdk::Failure;

constexpr std::size_t most_picture_bytes = 5u << 20;
constexpr std::int64_t retry_later_ms = 15 * 60'000;

std::string photos_path(const std::string& product) { return "/products/" + product + "/productphotos/"; }

Json image_row(std::string_view id, const Json& fields) {
    return Json::object({{"id", id},
                         {"number", ""},
                         {"kind", "photo"},
                         {"state", "open"},
                         {"version", ""},
                         {"keys", Json::object()},
                         {"fields", fields},
                         {"changed", Json::object()},
                         {"notices", Json::array()}});
}

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

/// As a browser takes what people write: blanks, letters of other languages and signs that no address has are encoded.
std::string sendable(std::string_view url) {
    constexpr std::string_view not_in_addresses = "\"<>\\^`{|}#";
    std::string out;
    for (std::size_t i = 0; i < url.size(); ++i) {
        const char c = url[i];
        const bool escape = c == '%' && i + 2 < url.size() && is_hex(url[i + 1]) && is_hex(url[i + 2]);
        const auto byte = static_cast<unsigned char>(c);
        if (escape || (c != '%' && byte > 0x20 && byte < 0x7F && not_in_addresses.find(c) == std::string_view::npos))
            out += c;
        else
            append_percent_encoded(out, url.substr(i, 1));
    }
    return out;
}

/// Whether the address leads below the one of the setting, so that the host sends it.
bool is_below(std::string_view url, std::string_view images) {
    while (images.ends_with('/')) images.remove_suffix(1);
    if (images.empty() || !url.starts_with(images) || url.size() <= images.size() || url[images.size()] != '/')
        return false;
    // No way back up.
    const std::string rest = lower(std::string{url.substr(images.size())});
    return rest.find("/..") == std::string::npos && rest.find("%2e") == std::string::npos;
}

/// Trouble where the pictures are says nothing about the shop: it is waited for, and the connection goes on.
std::string picture(sdk::Call& call, const sdk::Host& host, const Api& api, std::string_view images,
                    std::string_view written) {
    const std::string url = sendable(written);
    if (!is_below(url, images)) throw api.failure("image.host", "A picture of a product was to be read.");
    sdk::HttpResponse response;
    try {
        response = host.http(call, Json::object({{"method", "GET"},
                                                 {"url", url},
                                                 {"headers", Json::object({{"accept", "image/*"}})},
                                                 {"read", true},
                                                 {"idempotent", true}}));
    } catch (const Failure& failure) {
        if (failure.status == BRYGGA_BUG) throw api.failure("image.host", "The address of a picture is none.");
        if (failure.status != BRYGGA_TRANSIENT && failure.status != BRYGGA_MISCONFIGURED) throw;
        throw api.failure("image.unreachable", "The picture of a product could not be read.").after(retry_later_ms);
    }
    const std::string told = "The picture of a product was answered with HTTP " + std::to_string(response.status) + ".";
    if (response.status == 404 || response.status == 410) throw api.failure("image.missing", told);
    if (response.status == 429 || response.status >= 500)
        throw api.failure("image.unreachable", told).after(retry_later_ms);
    if (response.status != 200) throw api.failure("image.refused", told);
    if (response.body.size() > most_picture_bytes)
        throw api.failure("image.size",
                          "The picture of a product has " + std::to_string((response.body.size() >> 10) + 1) + " KiB.");
    return std::move(response.body);
}

std::string newest(sdk::Call& call, const Api& api, const std::string& product) {
    std::string id;
    const Json photos = api.get(call, photos_path(product));
    for (const Json& each : photos["items"].items())
        if (each["id"].integer(0) > Json::parse(id.empty() ? "0" : id).value_or(Json{}).integer(0)) id = id_of(each);
    return id;
}

Json create(sdk::Call& call, const sdk::Host& host, const Api& api, std::string_view images, const Json& fields) {
    const std::string bytes = picture(call, host, api, images, fields["url"].string());
    const std::string product = id_of(Json::object({{"id", fields["product"]}}));
    if (product.empty()) throw api.failure("type", "A picture of something that is no product was to be written.");
    const std::string_view type = picture_type(bytes);
    if (type.empty()) throw api.failure("image.type", "The picture of a product is none that the connector knows.");
    Json body = Json::object({{"file_type", type}, {"source", sdk::to_base64(bytes)}});
    if (!fields["text"].string().empty()) body.set("alttext", fields["text"]);
    if (fields["main"].is_boolean()) body.set("is_mainphoto", fields["main"]);
    std::string id;
    try {
        id = id_of(api.post(call, photos_path(product), body));
    } catch (const Failure& failure) {
        if (failure.remote_status == 404 && failure.code != "answer.not_api")
            throw api.failure("reference.gone", failure.message).remote(404);
        throw;
    }
    if (!id.empty()) return image_row(id, Json::object());
    // The shop may take a photo and answer without it.
    try {
        id = newest(call, api, product);
    } catch (Failure& failure) {
        failure.outcome_unknown = true;
        throw;
    }
    if (id.empty())
        throw api.failure("answer.shape", "CCV Shop took a photo, answered without it and does not show it yet.")
            .unknown_outcome();
    return image_row(id, Json::object());
}

}  // namespace

std::string_view picture_type(std::string_view bytes) {
    using namespace std::string_view_literals;
    if (bytes.starts_with("\xFF\xD8\xFF"sv)) return "jpg";
    if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return "png";
    if (bytes.starts_with("GIF87a"sv) || bytes.starts_with("GIF89a"sv)) return "gif";
    if (bytes.starts_with("RIFF"sv) && bytes.size() > 12 && bytes.substr(8, 4) == "WEBP"sv) return "webp";
    return {};
}

void find_images(sdk::Call& call, const Api& api, const Json& key, sdk::Page& page) {
    const std::string product = id_of(Json::object({{"id", key["value"]}}));
    if (key["by"].string() != "product" || product.empty())
        throw api.failure("find.key", "Photos were searched by " + std::string{key["by"].string()} + ".");
    const Json photos = api.get(call, photos_path(product));
    if (!photos["items"].is_array())
        throw api.failure("answer.shape", "CCV Shop answered with no list of the photos of a product.");
    for (const Json& photo : photos["items"].items()) {
        const std::string id = id_of(photo);
        if (id.empty()) continue;
        Json row = image_row(id, Json::object({{"main", photo["is_mainphoto"]}}));
        page.entity(row.set("n", key["n"]));
    }
}

Json deliver_image(sdk::Call& call, const sdk::Host& host, const Api& api, std::string_view images,
                   const Json& document) {
    const std::string_view op = document["op"].string();
    if (op == "create") return create(call, host, api, images, document["fields"]);
    const std::string id = id_of(document);
    if (op != "cancel" || id.empty()) return {};
    api.remove(call, "/productphotos/" + id + "/");
    return image_row(id, Json::object()).set("state", "closed");
}

}  // namespace brygga::ccvshop
