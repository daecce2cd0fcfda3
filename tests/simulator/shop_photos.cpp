#include <algorithm>
#include <array>

#include "brygga/sdk/base64.hpp"
#include "shop_call.hpp"

namespace brygga::sim {

namespace {

constexpr std::size_t most_photo_bytes = 5u << 20;

/// Whether the bytes are of the kind that the extension says; WebP the shop does not take.
bool is_photo(std::string_view type, std::string_view bytes) {
    using namespace std::string_view_literals;
    if (type == "jpg" || type == "jpeg") return bytes.starts_with("\xFF\xD8\xFF"sv);
    if (type == "png") return bytes.starts_with("\x89PNG"sv);
    return type == "gif" && bytes.starts_with("GIF8"sv);
}

}  // namespace

Json Shop::photo_json(std::int64_t id, const Photo& photo) const {
    return Json::object(
        {{"href", api("/productphotos/" + std::to_string(id) + "/")},
         {"id", id},
         {"filename", std::to_string(id) + "." + photo.type},
         {"alttext", photo.text},
         {"is_mainphoto", photo.main},
         {"deeplink", base_ + "/Files/" + std::to_string(id) + "." + photo.type},
         {"parent", Json::object({{"href", api("/products/" + std::to_string(photo.product) + "/")}})}});
}

/// Of a product: list and POST. Who posts twice has two photos.
Reply Shop::photo_calls(const Call& call, std::int64_t product) {
    if (call.get()) {
        if (const std::string error = unknown_parameters(call, {"orderby"}); !error.empty()) return invalid(error);
        Json items = Json::array();
        for (const auto& [id, photo] : photos_)
            if (photo.product == product) items.push(photo_json(id, photo));
        return {.body = php_escaped(
                    Json::object({{"href", base_ + std::string{call.request.path()}}, {"items", std::move(items)}})
                        .dump())};
    }
    if (call.request.method != "POST") return refuse(501, "501.10", "Method not implemented");
    const auto body = json_body(call.request);
    if (!body) return invalid("The body is not a JSON object");
    for (const Json::Member& m : body->members()) {
        const bool text = m.name == "file_type" || m.name == "source" || m.name == "alttext";
        if (!text && m.name != "is_mainphoto") return invalid("Unknown property " + m.name);
        if (text ? !m.value.is_string() : !m.value.is_boolean())
            return invalid("Property " + m.name + " has the wrong type");
    }
    for (const char* name : {"file_type", "source"})
        if (!body->has(name)) return invalid("Property " + std::string{name} + " is required");
    const auto bytes = sdk::from_base64((*body)["source"].string());
    if (!bytes) return invalid("Property source is not base64");
    if (bytes->size() > most_photo_bytes) return refuse(500, "500.21", "File too large");
    if (!is_photo((*body)["file_type"].string(), *bytes)) return refuse(500, "500.22", "File type not valid");
    Photo photo{product, std::string{(*body)["file_type"].string()}, std::string{(*body)["alttext"].string()},
                (*body)["is_mainphoto"].boolean(),
                bytes->substr(bytes->size() - std::min<std::size_t>(30, bytes->size()))};
    if (photo.main)
        for (auto& [id, other] : photos_)
            if (other.product == product) other.main = false;
    const std::int64_t id = next_photo_++;
    photos_.emplace(id, std::move(photo));
    if (!switches_.is_default(Switch::product_answer)) return {.status = 204};
    return {.status = 201, .body = php_escaped(photo_json(id, photos_.at(id)).dump())};
}

Reply Shop::photo_call(const Call& call) {
    const auto found = photos_.find(call.id);
    if (call.id_text.empty() || !call.sub.empty()) return refuse(404, "404.20", "Unknown resource");
    if (found == photos_.end()) return refuse(404, "404.10", "Not found");
    if (call.get()) return {.body = php_escaped(photo_json(call.id, found->second).dump())};
    if (call.request.method != "DELETE") return refuse(501, "501.10", "Method not implemented");
    photos_.erase(found);
    return {.status = 204};
}

Json Shop::photos() const {
    const std::lock_guard lock{mutex_};
    Json out = Json::array();
    for (const auto& [id, photo] : photos_) {
        const Product* p = product(photo.product);
        out.push(Json::object({{"id", id},
                               {"sku", p ? number_of(*p) : std::string{}},
                               {"main", photo.main},
                               {"type", photo.type},
                               {"text", photo.text},
                               {"ends", photo.end}}));
    }
    return out;
}

bool Shop::add_photo(std::string_view sku) {
    const std::lock_guard lock{mutex_};
    const auto all = all_products();
    const auto p = std::ranges::find_if(all, [&](const Product* each) { return number_of(*each) == sku; });
    if (p == all.end()) return false;
    photos_.emplace(next_photo_++, Photo{(*p)->id, "jpg", "by hand", true, "by hand"});
    return true;
}

}  // namespace brygga::sim
