// Declarations of variables and arrays, and text.
#include <algorithm>

#include "tests/oracle/floats.hpp"
#include "tests/oracle/text_reader.hpp"

namespace mica::oracle {

std::size_t Reader::allot(std::size_t bytes) {
  const std::size_t address = program_.data.size();
  const std::size_t size = address + bytes;
  if (size > (std::size_t{1} << (settings_.cell_bits - 1))) throw InvalidText("too much storage");
  program_.data.resize(size);
  return address;
}

void Reader::variable(std::size_t cells) {
  std::string name = new_name();
  bind(std::move(name), {Kind::number, static_cast<std::int64_t>(allot(cells * cell_bytes_))});
}

void Reader::constant() {
  std::string name = new_name();
  const std::string_view token = required("number of a constant");
  const std::int64_t value = number_here(token, true);
  const Name* const other = find_constant(token);
  const auto number = parse_number(token, settings_.cell_bits, settings_.rexa);
  const bool is_float = other != nullptr ? other->is_float : number && number->is_float;
  bind(std::move(name), {Kind::number, value});
  names_.back().constant = true;
  names_.back().is_float = is_float;
}

void Reader::array() {
  std::string name = new_name();
  std::string_view token = required("length or elements of an array");
  if (const unsigned bits = type_bits(token)) {
    Region region{Region::Where::data, bits, false};
    region.floats = token == "float32";
    elements_of(region, required("length or elements of an array"));
    return place(std::move(region), std::move(name));
  }
  Region region{Region::Where::data, settings_.cell_bits, false};
  region.cells = true;
  if (token == "packed") throw InvalidText("packed elements without a type");
  elements_of(region, token);
  const std::size_t address = allot(cell_bytes_ * (region.elements.size() + 1)) + cell_bytes_;
  store_bits(program_.data, address - cell_bytes_, region.length, settings_.cell_bits);
  fill(address, region);
  bind(std::move(name), {Kind::number, static_cast<std::int64_t>(address)});
  names_.back().what = Name::What::cells;
}

// The name of a variable or array is its address; what else is a number may be one.
void Reader::preset() {
  const std::string_view token = required("address");
  const Name* const name = find(token);
  if (name != nullptr && name->meaning.kind != Kind::number) throw InvalidText("the name is none of an address");
  std::int64_t address = name != nullptr ? name->meaning.value : number_here(token);
  if (required("cells to preset") != "{") throw InvalidText("nothing to preset");
  const std::int64_t first = static_cast<std::int64_t>(cell_bytes_);
  std::string_view cell = required("cells to preset");
  if (cell == "}") throw InvalidText("nothing to preset");
  for (; cell != "}"; cell = required("}")) {
    if (address < first || address + first > static_cast<std::int64_t>(program_.data.size()))
      throw InvalidText("cells to preset outside of the data");
    store_bits(program_.data, static_cast<std::size_t>(address), number_here(cell), settings_.cell_bits);
    address += first;
  }
}

void Reader::table() {
  std::string name = new_name();
  const std::string_view type = required("type of a table");
  Region region{Region::Where::here, type_bits(type), true};
  region.floats = type == "float32";
  if (region.bits == 0) throw InvalidText("unknown type of a table");
  const std::string_view how = required("elements of a table");
  if (how != "{" && how != "packed") throw InvalidText("table without elements");
  elements_of(region, how);
  place(std::move(region), std::move(name));
}

// A channel or a semaphore. Its cells are those of the machine: nothing is said of what they hold.
void Reader::waitable(Region::Where what) {
  std::string name = new_name();
  const std::int64_t length = number_here(required("size of a channel or semaphore"));
  if (length < 1 || length > (1 << 24)) throw InvalidText("no size of a channel or semaphore");
  Region region{what, settings_.cell_bits, false};
  region.length = length;
  const auto cells = static_cast<std::size_t>(length) + (what == Region::Where::channel ? 4 : 0);
  region.offset = allot(cells * cell_bytes_);
  place(std::move(region), std::move(name));
}

// 0: the token is no type of elements.
unsigned Reader::type_bits(std::string_view type) const {
  if (type == "float32") return has_floats(settings_.cell_bits, settings_.rexa) ? 32 : 0;
  const unsigned bits = type == "int8" ? 8 : type == "int16" ? 16 : type == "int32" ? 32 : 0;
  return settings_.rexa || bits > settings_.cell_bits ? 0 : bits;
}

// A list of numbers, packed bytes, or a number of zeros.
void Reader::elements_of(Region& region, std::string_view how) {
  if (how == "{") {
    region.elements = list(region);
    for (const std::int64_t element : region.elements)
      if (wrap(element, region.bits) != element) throw InvalidText("element out of the range of the type");
  } else if (how == "packed") {
    region.elements = packed(region.bits / 8);
  } else {
    const std::int64_t length = number_here(how);
    if (length < 1) throw InvalidText("array without elements");
    if (length > (std::int64_t{1} << 24)) throw InvalidText("too much storage");
    region.elements.resize(static_cast<std::size_t>(length));
  }
  region.length = static_cast<std::int64_t>(region.elements.size());
}

std::vector<std::int64_t> Reader::packed(std::size_t element_bytes) {
  const std::int64_t named = number_here(required("number of bytes"));
  if (named < 1 || named > (1 << 24)) throw InvalidText("no number of bytes");
  const auto size = static_cast<std::size_t>(named);
  if (size % element_bytes != 0) throw InvalidText("not a whole number of elements");
  const std::vector<std::uint8_t> bytes = z85_bytes(tokens_.quoted(true));
  if (bytes.size() != (size + 3) / 4 * 4) throw InvalidText("another number of bytes than it says");
  std::vector<std::int64_t> elements;
  for (std::size_t k = 0; k < size; k += element_bytes) {
    std::uint64_t element = 0;
    for (std::size_t byte = element_bytes; byte > 0; --byte) element = element << 8 | bytes[k + byte - 1];
    elements.push_back(wrap(static_cast<std::int64_t>(element), static_cast<unsigned>(8 * element_bytes)));
  }
  return elements;
}

// An element of an array of floats.
std::int64_t Reader::float_here(std::string_view token) const {
  const Name* const constant = find_constant(token);
  if (constant != nullptr && constant->is_float) return constant->meaning.value;
  const auto number = parse_float(constant != nullptr ? std::to_string(constant->meaning.value) : std::string(token));
  if (!number || !number->in_range) throw InvalidText("no float: " + std::string(token));
  return number->value;
}

// Gives the array the next handle and, if it is to lie in the data segment, a place at a multiple of its element size.
void Reader::place(Region region, std::string name) {
  if (region.where == Region::Where::data) {
    const std::size_t size = region.bits / 8;
    allot((size - program_.data.size() % size) % size);
    region.offset = allot(size * region.elements.size());
    fill(region.offset, region);
  }
  const std::int64_t lowest = -(std::int64_t{1} << (settings_.cell_bits - 1));
  bind(std::move(name), {Kind::number, lowest + static_cast<std::int64_t>(program_.regions.size())});
  names_.back().what = Name::What::region;
  program_.regions.push_back(std::move(region));
}

// An array becomes a name of the program where it is used first.
bool Reader::host_array(std::string_view token) {
  for (std::size_t k = 0; k < settings_.host.arrays.size(); ++k) {
    const HostArray& array = settings_.host.arrays[k];
    if (array.name != token) continue;
    const auto length = static_cast<std::int64_t>(array.elements.size());
    place({Region::Where::host, array.bits, array.read_only, k, length}, array.name);
    if (settings_.rexa && length == 1) names_.back().scalar = true;
    return true;
  }
  return false;
}

bool Reader::take_from_host(std::string_view token) {
  if (host_array(token)) return use(names_.back()), true;
  for (std::size_t k = 0; k < settings_.host.functions.size(); ++k) {
    if (settings_.host.functions[k].name != token) continue;
    words().push_back({Kind::call_host, static_cast<std::int64_t>(k)});
    return true;
  }
  return false;
}

void Reader::fill(std::size_t address, const Region& region) {
  for (const std::int64_t element : region.elements) {
    store_bits(program_.data, address, element, region.bits);
    address += region.bits / 8;
  }
}

// rexa16 leaves out the last character.
std::string_view Reader::quoted_text() {
  std::string_view text = tokens_.quoted(false);
  if (settings_.rexa && !text.empty()) text.remove_suffix(1);
  return text;
}

void Reader::print_text() {
  for (std::string_view text = quoted_text(); !text.empty();
       text.remove_prefix(std::min<std::size_t>(4, text.size()))) {
    words().push_back({Kind::print_text, static_cast<std::int64_t>(program_.texts.size())});
    program_.texts.emplace_back(text.substr(0, 4));
  }
}

void Reader::push_text() {
  std::string text(quoted_text());
  const auto length = static_cast<std::int64_t>(text.size());
  while (text.size() % cell_bytes_ != 0) text.push_back('\0');
  for (std::size_t end = text.size(); end > 0; end -= cell_bytes_) {
    std::uint64_t cell = 0;
    for (std::size_t k = end - cell_bytes_; k < end; ++k) cell = cell << 8 | static_cast<unsigned char>(text[k]);
    words().push_back({Kind::number, wrap(static_cast<std::int64_t>(cell), settings_.cell_bits)});
  }
  words().push_back({Kind::number, length});
}

std::vector<std::int64_t> Reader::list(const Region& region) {
  std::vector<std::int64_t> elements;
  for (std::string_view token = required("}"); token != "}"; token = required("}"))
    elements.push_back(region.floats ? float_here(token) : number_here(token, region.cells));
  if (elements.empty()) throw InvalidText("no elements");
  return elements;
}

}  // namespace mica::oracle
