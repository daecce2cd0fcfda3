#include "ledger_table.hpp"

#include <algorithm>
#include <map>

namespace brygga::sim {

std::string utc_ms_text(std::int64_t milliseconds) {
    std::string fraction = std::to_string(1000 + milliseconds % 1000);
    fraction[0] = '.';
    return utc_text(milliseconds / 1000, fraction + "Z");
}

void DocumentTotals::compute(bool whole) {
    std::map<int, Cents> sums;
    for (const DocumentRow& row : rows)
        if (!row.text_only) sums[row.rate] += row.amount;
    taxes.clear();
    net = tax = gross = rounding = 0;
    for (const auto& [rate, sum] : sums) {
        TaxLine line{rate, sum, 0};
        line.tax = includes_vat ? vat_in_gross(sum, rate) : vat_on_net(sum, rate);
        if (includes_vat) line.net = sum - line.tax;
        net += line.net;
        tax += line.tax;
        taxes.push_back(line);
    }
    gross = net + tax;
    if (whole) {
        rounding = divide_rounded(gross, 100) * 100 - gross;
        gross += rounding;
    }
}

Table::Table(const Schema& schema, std::uint32_t id_space, std::initializer_list<std::string_view> indexed)
    : schema_{schema}, id_space_{id_space} {
    for (const std::string_view name : indexed) indexes_.push_back({schema.index(name), {}});
}

Record& Table::add(std::vector<Json> values) {
    Record& record = *records_.emplace_back(std::make_unique<Record>());
    record.id = guid(id_space_, next_id_++);
    record.values = std::move(values);
    record.values[static_cast<std::size_t>(schema_.index("Id"))] = Json{record.id};
    by_id_.emplace(record.id, &record);
    enter(record);
    return record;
}

Record* Table::find(std::string_view id) {
    const auto it = by_id_.find(lower(id));
    return it == by_id_.end() ? nullptr : it->second;
}

void Table::erase(Record& record) {
    leave(record);
    by_id_.erase(record.id);
    record.alive = false;
}

void Table::replace(Record& record, std::vector<Json> values) {
    leave(record);
    record.values = std::move(values);
    record.values[static_cast<std::size_t>(schema_.index("Id"))] = Json{record.id};
    enter(record);
}

void Table::render(Record& record) const {
    record.text.clear();
    for (std::size_t i = 0; i < schema_.fields.size(); ++i) {
        record.text += i == 0 ? "{\"" : ",\"";
        record.text.append(schema_.fields[i].name).append("\":");
        if (schema_.fields[i].name == "Rows")
            record.text.append(record.rows);
        else
            record.values[i].append_to(record.text);
    }
    record.text += '}';
}

void Table::enter(Record& record) {
    for (Index& index : indexes_)
        if (const Json& value = record.values[static_cast<std::size_t>(index.field)]; value.is_string())
            index.entries.emplace(std::string{value.string()}, &record);
}

void Table::leave(Record& record) {
    for (Index& index : indexes_) {
        const Json& value = record.values[static_cast<std::size_t>(index.field)];
        if (!value.is_string()) continue;
        const auto [first, last] = index.entries.equal_range(std::string{value.string()});
        for (auto it = first; it != last; ++it) {
            if (it->second != &record) continue;
            index.entries.erase(it);
            break;
        }
    }
}

std::vector<Record*> Table::with(int field, const std::string& text) {
    std::vector<Record*> found;
    for (Index& index : indexes_) {
        if (index.field != field) continue;
        const auto [first, last] = index.entries.equal_range(text);
        for (auto it = first; it != last; ++it) found.push_back(it->second);
    }
    return found;
}

bool Table::is_indexed(int field) const {
    return std::any_of(indexes_.begin(), indexes_.end(), [field](const Index& index) { return index.field == field; });
}

const Json& Table::value(const Record& record, std::string_view field) const {
    return record.values[static_cast<std::size_t>(schema_.index(field))];
}

void Table::set(Record& record, std::string_view field, Json value) {
    record.values[static_cast<std::size_t>(schema_.index(field))] = std::move(value);
}

}  // namespace brygga::sim
