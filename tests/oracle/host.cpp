#include "tests/oracle/host.hpp"

#include "tests/oracle/functions.hpp"
#include "tests/oracle/reader.hpp"

namespace mica::oracle {

namespace {

using Cells = std::vector<std::int64_t>;
using Arrays = std::vector<HostArray>;

bool add(Cells& cells, Arrays&) {
  cells = {cells[0] + cells[1]};
  return true;
}

bool tell(Cells& cells, Arrays& arrays) {
  std::int64_t& level = arrays[level_array].elements[0];
  level = wrap(level + cells[0], arrays[level_array].bits);
  cells.clear();
  return true;
}

bool pair(Cells& cells, Arrays& arrays) {
  cells = {-300, arrays[level_array].elements[0]};
  return true;
}

bool check(Cells& cells, Arrays&) { return cells[0] >= 0; }

}  // namespace

const HostFunction* function_behind(const Host& host, std::int64_t token) {
  const std::int64_t index = first_host_token - token;
  if (index < 0 || index >= static_cast<std::int64_t>(host.functions.size())) return nullptr;
  return &host.functions[static_cast<std::size_t>(index)];
}

Host example_host() {
  return {{{"host-add", 2, 1, add}, {"host-tell", 1, 0, tell}, {"host-pair", 0, 2, pair}, {"host-check", 1, 1, check}},
          {{"host-samples", 16, false, {12, -7, 32767, 0, 5, -32768, 900, 1, -1, 64}},
           {"host-weights", 8, true, {3, -128, 127, 0, -1, 9}},
           {"host-level", 16, false, {40}}}};
}

}  // namespace mica::oracle
