// Variables, arrays and tables.
#include <algorithm>
#include <array>
#include <utility>

#include "tests/oracle/author.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

bool Author::fits(unsigned cells) const {
  return !storage_complete_ && data_end_ + cells * cell_bytes() <= settings_.data_bytes;
}

// Where loops and branches are open a name must not change its meaning: text that follows relies on it.
std::string Author::storage_name() {
  // A block names arrays that have been declared one after another.
  std::string name = scope_.nest == 0 && !frame_.is_word && !plans_block_ ? name_for_definition() : new_name();
  hide(name);
  return name;
}

// As it is, or by the name of a constant that is the same.
void Author::declared_number(std::int64_t value) {
  std::vector<const Constant*> same;
  for (const Constant& one : constants_)
    if (one.value == value) same.push_back(&one);
  if (same.empty() || random_.percent(40)) return writer_.number(value);
  writer_.word(random_.pick(same)->name);
}

std::size_t Author::remember(Storage::Kind kind, std::string name, unsigned length, bool is_private) {
  std::int64_t address = data_end_;
  if (kind != Storage::Kind::variable && kind != Storage::Kind::array) {
    address = lowest() + tables_++;
  } else if (kind == Storage::Kind::array) {
    address += cell_bytes();
    data_end_ += (length + 1) * cell_bytes();
  } else {
    data_end_ += cell_bytes();
  }
  storage_.push_back({kind, std::move(name), address, length, is_private});
  return storage_.size() - 1;
}

std::size_t Author::declare_variable(bool is_private) {
  std::string name = storage_name();
  writer_.word("var");
  writer_.word(name);
  if (!is_private && random_.percent(25)) {
    writer_.word("preset");
    writer_.word(name);
    write_elements({any_number()});
  }
  return remember(Storage::Kind::variable, std::move(name), 1, is_private);
}

std::size_t Author::declare_array(unsigned length, bool is_private) {
  std::string name = storage_name();
  writer_.word("array");
  writer_.word(name);
  declared_number(length);
  return remember(Storage::Kind::array, std::move(name), length, is_private);
}

void Author::write_elements(const std::vector<std::int64_t>& elements) {
  writer_.word("{");
  for (const std::int64_t element : elements) declared_number(element);
  writer_.word("}");
}

std::size_t Author::declare_elements(const std::vector<std::int64_t>& elements, bool is_private) {
  std::string name = storage_name();
  writer_.word("array");
  writer_.word(name);
  write_elements(elements);
  return remember(Storage::Kind::array, std::move(name), static_cast<unsigned>(elements.size()), is_private);
}

// The bits of the narrowest type that holds the elements, or of a wider one.
unsigned Author::some_type(const std::vector<std::int64_t>& elements) {
  const auto inside = [&](unsigned bits) {
    return std::all_of(elements.begin(), elements.end(), [&](std::int64_t e) { return e == wrap(e, bits); });
  };
  unsigned bits = inside(8) ? 8 : inside(16) ? 16 : 32;
  if (bits < settings_.cell_bits && random_.percent(20)) bits *= 2;
  return bits;
}

std::size_t Author::declare_table(const std::vector<std::int64_t>& elements) {
  const unsigned bits = some_type(elements);
  std::string name = storage_name();
  writer_.word("table");
  writer_.word(name);
  writer_.word("int" + std::to_string(bits));
  random_.percent(20) ? write_packed(elements, bits / 8) : write_elements(elements);
  const auto length = static_cast<unsigned>(elements.size());
  const std::size_t table = remember(Storage::Kind::table, std::move(name), length, true);
  storage_[table].bits = bits;
  return table;
}

// Writable, in the own dialect.
std::size_t Author::declare_typed(const std::vector<std::int64_t>& elements) {
  const unsigned bits = some_type(elements);
  const auto length = static_cast<unsigned>(elements.size());
  std::string name = storage_name();
  writer_.word("array");
  writer_.word(name);
  writer_.word("int" + std::to_string(bits));
  const unsigned way = random_.below(10);
  if (way < 3) {
    declared_number(length);
  } else if (way < 6) {
    write_packed(elements, bits / 8);
  } else {
    write_elements(elements);
  }
  const std::int64_t size = bits / 8;
  data_end_ += (size - data_end_ % size) % size + length * size;
  const std::size_t array = remember(Storage::Kind::typed, std::move(name), length, false);
  storage_[array].bits = bits;
  return array;
}

// As Z85 text with blanks in it.
void Author::write_packed(const std::vector<std::int64_t>& elements, unsigned bytes) {
  constexpr std::string_view symbols =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
  std::vector<std::uint8_t> packed;
  for (const std::int64_t element : elements)
    for (unsigned byte = 0; byte < bytes; ++byte)
      packed.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(element) >> (8 * byte)));
  writer_.word("packed");
  declared_number(static_cast<std::int64_t>(packed.size()));
  // What stands for bytes that are cut off is any.
  while (packed.size() % 4 != 0) packed.push_back(static_cast<std::uint8_t>(random_.below(256)));
  std::string text = "\"";
  for (std::size_t k = 0; k < packed.size(); k += 4) {
    std::uint32_t group = 0;
    for (std::size_t byte = k; byte < k + 4; ++byte) group = group << 8 | packed[byte];
    for (std::uint32_t weight = 85 * 85 * 85 * 85; weight > 0; weight /= 85) {
      text += symbols[group / weight % 85];
      if (random_.percent(4)) text += random_.percent(50) ? " " : "\n  ";
    }
  }
  writer_.plain_gap();
  writer_.word(text + "\"");
}

void Author::declare_constant() {
  const std::string name = new_name();
  if (floats_ && random_.percent(20)) {
    float_constant(name);
    return constants_.push_back({name, std::nullopt});
  }
  const std::int64_t value = random_.percent(50) ? random_.count(1, 9) : any_number();
  writer_.word("const");
  writer_.word(name);
  declared_number(value);
  constants_.push_back({name, value});
}

// A double is stored in it and fetched again at once.
void Author::declare_double_variable() {
  const std::string name = new_name();
  writer_.word("2var");
  writer_.word(name);
  data_end_ += 2 * cell_bytes();
  if (!room(4) || !affordable(20)) return;
  double_number();
  writer_.word(name);
  account(0, 1, 1);
  op("2!");
  writer_.word(name);
  account(0, 1, 1);
  op("2@");
}

void Author::declare_something() {
  if (floats_ && random_.percent(15) && fits(7)) return declare_floats();
  if (random_.percent(10)) return declare_constant();
  if (!settings_.rexa && random_.percent(12)) return declare_view();
  if (random_.percent(5) && fits(2)) return declare_double_variable();
  const unsigned length = random_.percent(80) ? random_.count(1, 9) : random_.count(10, 40);
  if (!fits(length + 1)) return statement();
  const unsigned kind = random_.below(10);
  if (kind < 3) {
    declare_variable(false);
  } else if (kind < 5) {
    declare_array(length, false);
  } else if (kind < 7 || settings_.rexa) {
    declare_elements(elements(length), false);
  } else {
    random_.percent(50) ? declare_table(elements(length)) : declare_typed(elements(length));
  }
}

void Author::declare_inside() {
  if (!settings_.inner_storage || scope_.nest == 0 || !fits(8)) return push_value();
  const unsigned kind = random_.below(settings_.rexa ? 3 : 5);
  if (kind == 4) {
    declare_view();
  } else if (kind == 0) {
    declare_variable(false);
  } else if (kind == 1) {
    declare_array(random_.count(1, 5), false);
  } else if (kind == 2) {
    declare_elements(elements(random_.count(1, 4)), false);
  } else {
    const unsigned length = random_.count(1, 4);
    random_.percent(50) ? declare_table(elements(length)) : declare_typed(elements(length));
  }
}

void Author::declare_at_start() {
  for (unsigned left = random_.count(1, 3); left > 0; --left) declare_variable(false);
  for (unsigned left = random_.below(4); left > 0 && fits(1); --left) storage_[declare_variable(true)].spare = true;
  for (unsigned left = random_.count(1, 3); left > 0; --left) declare_something();
  // What the planned trap works with.
  if (plan_ == Plan::none) return;
  declare_elements(elements(random_.count(3, 6)), false);
  if (!settings_.rexa) declare_table(elements(random_.count(1, 6)));
  if (!settings_.rexa && plan_ == Plan::names) declare_typed(elements(random_.count(1, 6)));
  plan_layer();
  if (plan_ == Plan::vector_operand && fits(140)) random_.percent(40) ? plan_map() : plan_vector();
}

void Author::keep_promises() {
  if (data_end_ < promised_end_) {
    const auto missing = static_cast<unsigned>((promised_end_ - data_end_) / cell_bytes()) + 1;
    declare_array(missing, false);
  }
  if (tables_ < promised_tables_) declare_table(elements(random_.count(1, 5)));
  storage_complete_ = true;
  if (exported_.empty()) return;
  writer_.word(":");
  writer_.word(exported_);
  writer_.plain_gap();
  writer_.word(";");
  hide(exported_);
}

const Storage* Author::some(Storage::Kind kind) {
  std::vector<const Storage*> found;
  for (const Storage& storage : storage_)
    if (storage.kind == kind && (!storage.private_ || kind == Storage::Kind::table)) found.push_back(&storage);
  return found.empty() ? nullptr : random_.pick(found);
}

void Author::name_of(const Storage& storage) {
  if (storage.hidden || random_.percent(4)) return number(storage.address);
  writer_.word(storage.name);
  account(0, 1, 1);
}

}  // namespace mica::oracle
