#include "flow/product_images.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/utf8.h"
#include "entity/order.h"
#include "flow/product_goal.h"

namespace brygga::flow {

namespace {

using settings::Write;

constexpr std::size_t most_images = 10, longest_url = 2'000;
constexpr const char* no_picture = "image.missing";
/// Of a server of pictures that fails; a delivery that waits puts comparisons off.
constexpr std::chrono::hours longest_patience{6};

constexpr std::string_view image_step = "image:";

bool is_open_image(const store::Step& step) { return step.name.starts_with(image_step) && step.state != "done"; }

/// Addresses may hold what is nobody's business; facts are plain.
std::string mark_of(const std::string& url) { return entity::stable_hash(Json{url}).substr(0, 16); }

Error bad_image(const entity::Product& product, std::string_view why) {
    return {ErrorClass::rejected, "product.bad_image",
            fmt::format("{}: the rule of product.images gives {}.", name_of(product), why),
            "Let it give the address of a picture, or a list of at most 10, then replay."};
}

/// Newer ones have greater numbers.
bool is_newer(const std::string& a, const std::string& b) { return a.size() != b.size() ? a.size() > b.size() : a > b; }

void told(Json& explain, const std::string& url, std::string_view rule) {
    explain.push(Json::object(
        {{"decision", "image"}, {"value", excerpt(url, 200)}, {"rule", rule}, {"inputs", Json::object()}}));
}

/// The pictures that the target shows of a product.
Expected<Json> shown_by(connector::Connection& target, const CallContext& call, const std::string& product) {
    Json ids = Json::array();
    const connector::RowSink sink{.row =
                                      [&](const Json& row) {
                                          ids.push(row["id"].text());
                                          return true;
                                      },
                                  .checkpoint = {},
                                  .seen = {}};
    const Json request =
        Json::object({{"type", "image"},
                      {"kinds", Json::array()},
                      {"keys", Json::array({Json::object({{"n", 0}, {"by", "product"}, {"value", product}})})}});
    if (const auto found = target.find(call, request, sink); !found) return found.error();
    return ids;
}

bool holds(const Json& list, const std::string& id) {
    return std::ranges::any_of(list.items(), [&](const Json& each) { return each.text() == id; });
}

}  // namespace

Expected<std::vector<std::string>> images_of(const Json& mapped, const entity::Product& product) {
    std::vector<std::string> out;
    const Json& images = mapped["images"];
    if (images.is_null()) return out;
    const Json list = images.is_array() ? images : Json::array({images});
    for (const Json& url : list.items()) {
        if (url.is_null()) continue;
        if (!url.is_string()) return bad_image(product, "something that is no text");
        if (url.string().empty() || std::ranges::find(out, url.string()) != out.end()) continue;
        if (url.string().size() > longest_url) return bad_image(product, "an address of more than 2000 characters");
        if (out.size() == most_images) return bad_image(product, "more than 10 addresses");
        out.emplace_back(url.string());
    }
    return out;
}

ImageChanges image_changes(const std::vector<std::string>& wanted, const Json& sent, Write write, bool fresh,
                           std::optional<bool> has_picture) {
    ImageChanges out;
    const bool known = sent.is_object();
    // One that was there before, with pictures, has those of a person.
    const bool may = fresh   ? write != Write::on_update
                     : known ? write != Write::on_create
                             : write != Write::on_create && has_picture == false;
    if (!may) return out;
    std::vector<std::string> marks;
    for (const std::string& url : wanted) {
        marks.push_back(mark_of(url));
        if (!sent.has(marks.back())) out.add.push_back(url);
    }
    for (const Json::Member& picture : sent.members())
        if (!picture.value.text().empty() && std::ranges::find(marks, picture.name) == marks.end())
            out.remove.emplace_back(picture.name, std::string{picture.value.text()});
    return out;
}

Expected<Json> ProductImages::known(const std::string& product) const {
    auto fact = store_.fact(scope(), product);
    if (!fact) return std::move(fact).error();
    return *fact ? std::move(**fact) : Json{};
}

Expected<void> ProductImages::remember(const std::string& product, const Json& sent, const Json& before) {
    return store_.set_fact(scope(), product, Json::object({{"sent", sent}, {"before", before}}), clock_.now());
}

Expected<bool> ProductImages::shows(const store::IndexRow& row, const std::vector<std::string>& wanted) const {
    if (!rule_ || !row.fields["images"].is_array()) return true;
    const auto fact = known(row.id);
    if (!fact) return fact.error();
    const auto changes = image_changes(wanted, (*fact)["sent"], rule_->write, false, row.fields["images"].size() > 0);
    return changes.add.empty() && changes.remove.empty();
}

Expected<bool, Halt> ProductImages::settle(ProductSide& p, const std::vector<std::string>& wanted) {
    if (!rule_) return false;
    const auto fact = known(p.row.id);
    if (!fact) return Halt::failed(fact.error());
    // Made by an attempt of this delivery, which may have ended before its pictures.
    const bool fresh = p.fresh || std::ranges::any_of(p.delivery.steps, [](const store::Step& s) {
                           return s.name == "product" && s.state == "done";
                       });
    Json sent = (*fact)["sent"];
    // What was not there may be by now: with each version it is asked for again.
    for (const std::string& url : wanted)
        if (sent.is_object() && sent.has(mark_of(url)) && sent[mark_of(url)].text().empty()) sent.erase(mark_of(url));
    const bool begun = std::ranges::any_of(p.delivery.steps, is_open_image);
    if (begun) {
        if (auto kept = p.keep_product(); !kept) return kept.error();
        if (!sent.is_object()) sent = Json::object();
        if (auto settled = settle_begun(p, sent); !settled) return settled.error();
    }
    const Json& images = p.row.fields["images"];
    const auto changes = image_changes(wanted, sent, rule_->write, fresh,
                                       images.is_array() ? std::optional{images.size() > 0} : std::nullopt);
    if (changes.add.empty() && changes.remove.empty()) return begun;
    if (auto kept = p.keep_product(); !kept) return kept.error();
    if (!sent.is_object()) sent = Json::object();
    for (const std::string& url : changes.add)
        if (auto ended = add(p, url, url == wanted.front(), sent); !ended) return ended.error();
    for (const auto& [mark, picture] : changes.remove)
        if (auto ended = remove(p, mark, picture, sent); !ended) return ended.error();
    return true;
}

/// answer: null withdraws the step.
Expected<void, Halt> ProductImages::done(const ProductSide& p, const std::string& step, const Json* answer) {
    store::Outcome outcome;
    outcome.delivery = p.delivery.id;
    outcome.fence = p.delivery.fence;
    outcome.now = clock_.now();
    if (answer)
        outcome.step = store::StepDone{step, *answer};
    else
        outcome.withdrawn_step = step;
    if (const auto stored = store_.finish(outcome); !stored) return Halt::failed(stored.error());
    return {};
}

/// The newest of its pictures that was not there before and is none that was sent before.
delivery::Look ProductImages::look_for(const ProductSide& p) const {
    return [this, &target = p.target, product = p.row.id](const CallContext& call,
                                                          Instant) -> Expected<std::optional<Json>> {
        const auto fact = known(product);
        if (!fact) return fact.error();
        const auto shown = shown_by(target, call, product);
        if (!shown) return shown.error();
        std::string newest;
        for (const Json& id : shown->items()) {
            const std::string each{id.text()};
            const bool old = holds((*fact)["before"], each) ||
                             std::ranges::any_of((*fact)["sent"].members(),
                                                 [&](const Json::Member& m) { return m.value.text() == each; });
            if (!old && (newest.empty() || is_newer(each, newest))) newest = each;
        }
        return newest.empty() ? std::optional<Json>{} : std::optional{Json::object({{"id", newest}})};
    };
}

/// A picture whose outcome is not known is the host's where it is there, also when it is not wanted any more.
Expected<void, Halt> ProductImages::settle_begun(ProductSide& p, Json& sent) {
    for (store::Step& step : p.delivery.steps) {
        if (!is_open_image(step)) continue;
        const auto found = p.writer.earlier(p.call, p.delivery, step.name, look_for(p));
        if (!found) return Halt::failed(found.error());
        if (!*found) continue;
        sent.set(step.name.substr(image_step.size(), step.name.rfind(':') - image_step.size()), (**found)["id"].text());
        if (const auto kept = remember(p.row.id, sent, Json::array()); !kept) return Halt::failed(kept.error());
        if (auto ended = done(p, step.name, &**found); !ended) return ended.error();
        step.state = "done";
    }
    return {};
}

Expected<void, Halt> ProductImages::add(ProductSide& p, const std::string& url, bool main, Json& sent) {
    const std::string product = p.row.id, mark = mark_of(url), prefix = fmt::format("{}{}:", image_step, mark);
    // One that an older version has begun is sent again under its name.
    const auto begun = std::ranges::find_if(
        p.delivery.steps, [&](const store::Step& s) { return is_open_image(s) && s.name.starts_with(prefix); });
    const bool again = begun != p.delivery.steps.end();
    const std::string step = again ? begun->name : fmt::format("{}{}", prefix, p.delivery.version);
    if (!again) {
        // A picture has no key of its own: what is there before tells later which one is new.
        auto before = p.fresh ? Expected<Json>{Json::array()} : shown_by(p.target, p.call, product);
        if (!before) return Halt::failed(std::move(before).error());
        if (const auto kept = remember(product, sent, *before); !kept) return Halt::failed(kept.error());
    }
    const delivery::Write write{
        step,
        Json::object(
            {{"op", "create"},
             {"type", "image"},
             {"kind", "photo"},
             {"fields",
              Json::object(
                  {{"product", product}, {"url", url}, {"text", excerpt(p.product.name, 200)}, {"main", main}})}}),
        look_for(p)};
    auto answer = p.writer.write(p.call, p.target, p.delivery, write);
    if (!answer && answer.error().code == no_picture && delivery::withdrawable(answer.error())) {
        sent.set(mark, "");
        told(p.explain, url, "there is no picture");
        if (const auto kept = remember(product, sent, Json::array()); !kept) return Halt::failed(kept.error());
        return done(p, step, nullptr);
    }
    if (!answer) {
        Error error = std::move(answer).error();
        const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
        error.message = p.name + ": " + error.message;
        if (error.code == "image.unreachable" && clock_.now() - p.delivery.created_at > longest_patience) {
            error.error_class = ErrorClass::rejected;
            error.remedy = "Open the address in a browser, check image_url of the connection, then replay.";
        }
        return Halt::failed(std::move(error), withdrawn);
    }
    sent.set(mark, answer->row["id"].text());
    told(p.explain, url, "sent");
    if (const auto kept = remember(product, sent, Json::array()); !kept) return Halt::failed(kept.error());
    return done(p, step, &answer->row);
}

Expected<void, Halt> ProductImages::remove(ProductSide& p, const std::string& mark, const std::string& picture,
                                           Json& sent) {
    const std::string step = "unimage:" + picture;
    const delivery::Write write{step,
                                Json::object({{"op", "cancel"},
                                              {"type", "image"},
                                              {"kind", "photo"},
                                              {"id", picture},
                                              {"fields", Json::object({{"product", p.row.id}})}}),
                                {}};
    auto answer = p.writer.write(p.call, p.target, p.delivery, write);
    const bool gone = !answer && is_gone(answer.error());
    if (!answer && !gone) {
        Error error = std::move(answer).error();
        const std::string withdrawn = delivery::withdrawable(error) ? step : std::string{};
        error.message = p.name + ": " + error.message;
        return Halt::failed(std::move(error), withdrawn);
    }
    sent.erase(mark);
    told(p.explain, picture, "another one took its place");
    if (const auto kept = remember(p.row.id, sent, Json::array()); !kept) return Halt::failed(kept.error());
    const Json row = gone ? Json::object() : answer->row;
    return done(p, step, &row);
}

}  // namespace brygga::flow
