#include "economic_rules.hpp"

#include <algorithm>
#include <utility>

#include "basics.hpp"
#include "brygga/sdk/paths.hpp"

namespace brygga::sim {
namespace {

constexpr EconomicField payment_table[] = {
    {"text", 's', 250},        {"amount", 'm', 0, true},         {"date", 'd', 0, true},
    {"customerInvoice", 'i'},  {"customer.customerNumber", 'i'}, {"contraAccount.accountNumber", 'i'},
    {"currency.code", 's', 3},
};
constexpr EconomicField contact_table[] = {
    {"name", 's', 255, true}, {"email", 's', 255},     {"phone", 's', 50},
    {"notes", 's', 2000},     {"eInvoiceId", 's', 50}, {"customer.customerNumber", 'i'},
};
constexpr EconomicField customer_table[] = {
    {"name", 's', 255, true},
    {"currency", 's', 3, true},
    {"customerGroup.customerGroupNumber", 'i', 0, true},
    {"paymentTerms.paymentTermsNumber", 'i', 0, true},
    {"vatZone.vatZoneNumber", 'i', 0, true},
    {"customerNumber", 'i'},
    {"layout.layoutNumber", 'i'},
    {"address", 's', 510},
    {"zip", 's', 30},
    {"city", 's', 50},
    {"country", 's', 50},
    {"email", 's', 255},
    {"telephoneAndFaxNumber", 's', 255},
    {"mobilePhone", 's', 50},
    {"corporateIdentificationNumber", 's', 40},
    {"vatNumber", 's', 20},
    {"ean", 's', 13},
    {"website", 's', 255},
    {"creditLimit", 'm'},
    {"barred", 'b'},
};
constexpr EconomicField product_table[] = {
    {"productNumber", 's', 25, true}, {"name", 's', 300, true}, {"productGroup.productGroupNumber", 'i', 0, true},
    {"description", 's', 500},        {"salesPrice", 'm'},      {"costPrice", 'm'},
    {"recommendedPrice", 'm'},        {"barCode", 's', 50},     {"barred", 'b'},
    {"unit.unitNumber", 'i'},
};
constexpr EconomicField document_table[] = {
    {"date", 'd', 0, true},
    {"currency", 's', 3, true},
    {"customer.customerNumber", 'i', 0, true},
    {"layout.layoutNumber", 'i', 0, true},
    {"paymentTerms.paymentTermsNumber", 'i', 0, true},
    {"recipient.name", 's', 250, true},
    {"recipient.vatZone.vatZoneNumber", 'i', 0, true},
    {"recipient.address", 's', 250},
    {"recipient.zip", 's', 50},
    {"recipient.city", 's', 250},
    {"recipient.country", 's', 50},
    {"recipient.ean", 's', 13},
    {"delivery.address", 's', 255},
    {"delivery.zip", 's', 30},
    {"delivery.city", 's', 50},
    {"delivery.country", 's', 50},
    {"delivery.deliveryTerms", 's', 100},
    {"delivery.deliveryDate", 'd'},
    {"notes.heading", 's', 250},
    {"notes.textLine1", 's', 1000},
    {"notes.textLine2", 's', 1000},
    {"references.other", 's', 250},
    {"references.customerContact.customerContactNumber", 'i'},
    {"recipient.attention.customerContactNumber", 'i'},
    {"exchangeRate", 'r'},
    {"dueDate", 'd'},
};
constexpr EconomicField line_table[] = {
    {"lineNumber", 'i'},         {"sortKey", 'i'},       {"product.productNumber", 's', 25},
    {"description", 's', 2500},  {"quantity", 'm'},      {"unitNetPrice", 'm'},
    {"discountPercentage", 'm'}, {"unitCostPrice", 'm'}, {"unit.unitNumber", 'i'},
};

bool has_type(const EconomicField& field, const Json& value) {
    switch (field.type) {
        case 's':
            return value.is_string();
        case 'b':
            return value.is_boolean();
        case 'd':
            return value.is_string() && value.string().size() == 10 && parse_time(value.string()).valid;
        case 'i':
            return value.is_number() && value.integer(0) >= 1;
        default:
            return value.is_number();
    }
}

/// One clause or group of a filter, read from the left.
class EconomicFilter {
public:
    EconomicFilter(std::string_view text, const Json& record, std::string_view allowed, std::string& error)
        : text_{text}, record_{record}, allowed_{allowed}, error_{error} {}

    bool run() {
        const bool fits = either(0);
        if (error_.empty() && at_ != text_.size()) error_ = "Could not parse query string filter.";
        return fits;
    }

private:
    bool starts(std::string_view word) const { return text_.substr(at_).starts_with(word); }
    bool take(std::string_view word) {
        if (!starts(word)) return false;
        at_ += word.size();
        return true;
    }
    bool either(int depth) {
        bool fits = both(depth);
        while (error_.empty() && take("$or:")) {
            const bool other = both(depth);
            fits = fits || other;
        }
        return fits;
    }
    bool both(int depth) {
        bool fits = clause(depth);
        while (error_.empty() && take("$and:")) {
            const bool other = clause(depth);
            fits = fits && other;
        }
        return fits;
    }
    bool clause(int depth) {
        if (depth > 8) return fail();
        if (take("(")) {
            const bool fits = either(depth + 1);
            return take(")") ? fits : fail();
        }
        const std::size_t dollar = text_.find('$', at_);
        const std::size_t colon = dollar == std::string_view::npos ? dollar : text_.find(':', dollar);
        if (colon == std::string_view::npos) return fail();
        const std::string_view property = text_.substr(at_, dollar - at_), op = text_.substr(dollar, colon - dollar);
        at_ = colon + 1;
        if (allowed_.find(" " + std::string{property} + " ") == std::string_view::npos) {
            error_ = "Filtering is not allowed on property '" + std::string{property} + "'.";
            return false;
        }
        return value(property, op);
    }
    /// The value up to a joint or a closing bracket, its escapes undone; '\1' stands for a wildcard.
    bool value(std::string_view property, std::string_view op) {
        const Json* stored = at_path(record_, property);
        if (op == "$eq" && take("$null:")) return !stored;
        std::string wanted;
        while (at_ < text_.size() && !starts("$and:") && !starts("$or:") && text_[at_] != ')') {
            if (text_[at_] == '$') {
                const char next = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
                if (std::string_view{"$)(*,"}.find(next) == std::string_view::npos || next == '\0') return fail();
                wanted += next;
                at_ += 2;
            } else {
                wanted += text_[at_] == '*' && op == "$like" ? '\1' : text_[at_];
                ++at_;
            }
        }
        const std::string own = lower(stored ? stored->text() : std::string_view{});
        wanted = lower(wanted);
        if (op == "$like") return stored && like(own, wanted);
        const auto a = Decimal::parse(own), b = Decimal::parse(wanted);
        const int order = a && b ? (*a < *b ? -1 : *a == *b ? 0 : 1) : own.compare(wanted);
        if (op == "$eq") return stored && order == 0;
        if (op == "$ne") return !stored || order != 0;
        if (op == "$gt") return stored && order > 0;
        if (op == "$gte") return stored && order >= 0;
        if (op == "$lt") return stored && order < 0;
        if (op == "$lte") return stored && order <= 0;
        return fail();
    }
    static bool like(std::string_view own, std::string wanted) {
        for (std::size_t at; (at = wanted.find("[[]")) != std::string::npos;) wanted.replace(at, 3, "\2");
        if (wanted.find('[') != std::string::npos) return false;
        std::ranges::replace(wanted, '\2', '[');
        if (wanted.find('\1') == std::string::npos) return own.find(wanted) != std::string_view::npos;
        std::size_t at = 0;
        bool first = true;
        for (std::string_view rest = wanted;; first = false) {
            const std::size_t star = rest.find('\1');
            const std::string_view part = rest.substr(0, star);
            const std::size_t found = own.find(part, at);
            if (found == std::string_view::npos || (first && found != 0)) return false;
            at = found + part.size();
            if (star == std::string_view::npos) return part.empty() || own.ends_with(part);
            rest.remove_prefix(star + 1);
        }
    }
    bool fail() {
        if (error_.empty()) error_ = "Could not parse query string filter.";
        return false;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    const Json& record_;
    std::string_view allowed_;
    std::string& error_;
};

}  // namespace

const std::span<const EconomicField> economic_customer{customer_table}, economic_contact{contact_table},
    economic_payment{payment_table}, economic_product{product_table}, economic_document{document_table},
    economic_line{line_table};

void economic_error(Json& errors, std::string_view path, std::string_view code, std::string_view message,
                    const Json& value) {
    Json one = Json::object({{"errorCode", code}, {"message", message}});
    if (!value.is_null()) one.set("value", value);
    set_path(errors, std::string{path} + ".errors", Json::array({one}));
}

Json economic_accept(std::span<const EconomicField> fields, const Json& body, Json& errors) {
    Json out = Json::object();
    for (const EconomicField& field : fields) {
        const Json* value = at_path(body, field.path);
        if (!value) {
            if (field.required) economic_error(errors, field.path, "E04042", "A value is missing.", {});
            continue;
        }
        // Null is never taken, and 0 is no number of a record.
        if (!has_type(field, *value)) {
            economic_error(errors, field.path, "", "The value has the wrong type or form.", *value);
        } else if (field.type == 's' && field.required && value->string().empty()) {
            economic_error(errors, field.path, "E04042", "A value is missing.", {});
        } else if (field.length > 0 && utf8_length(value->string()) > field.length) {
            economic_error(errors, field.path, "", "The text is too long.", {});
        } else if (field.type == 'm' && value->decimal()->round(2) != *value->decimal()) {
            economic_error(errors, field.path, "E04740", "There are more than two decimals.", *value);
        } else {
            set_path(out, field.path, *value);
        }
    }
    return out;
}

bool economic_matches(std::string_view filter, const Json& record, std::string_view allowed, std::string& error) {
    return EconomicFilter{filter, record, allowed, error}.run();
}

}  // namespace brygga::sim
