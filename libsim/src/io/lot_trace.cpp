#include "centresim/core/time.hpp"
#include "centresim/io/atomic_file.hpp"
#include "centresim/io/summary.hpp"
#include "text.hpp"
#include "tree_access.hpp"

#include <fmt/format.h>

#include <iterator>

namespace centresim::io {
namespace {

using experiment::Group;
using Integers = std::vector<std::int64_t>;

constexpr std::size_t kBlock = std::size_t{1} << 20;

// Names as CSV cells, made once; an index outside is an empty cell.
class Names {
 public:
  Names(const Group& group, const char* name) {
    for (const std::string& text : column<std::string>(group, name)) cells_.push_back(csv_cell(text));
  }
  [[nodiscard]] std::string_view at(std::int64_t index) const {
    return index >= 0 && static_cast<std::size_t>(index) < cells_.size() ? cells_[static_cast<std::size_t>(index)]
                                                                         : std::string_view();
  }

 private:
  std::vector<std::string> cells_;
};

void append_seconds(std::string& text, std::int64_t ticks) {
  const bool negative = ticks < 0;
  const std::uint64_t size = negative ? 0 - static_cast<std::uint64_t>(ticks) : static_cast<std::uint64_t>(ticks);
  constexpr auto kSecond = static_cast<std::uint64_t>(core::kTicksPerSecond);
  fmt::format_to(std::back_inserter(text), "{}{}.{:03}", negative ? "-" : "", size / kSecond, size % kSecond);
}

} // namespace

void write_lot_trace(const experiment::Tree& tree, const std::filesystem::path& path) {
  AtomicFile file(path);
  std::string text = "lot,step,tool,arrive,start,end,replication\n";
  if (const Group* trace = find_group(tree, "fab/trace/lots")) {
    const Names lots(*trace, "lot_name"), steps(*trace, "step_name"), tools(*trace, "tool_name");
    const Integers &lot = column<std::int64_t>(*trace, "lot"), &step = column<std::int64_t>(*trace, "step"),
                   &tool = column<std::int64_t>(*trace, "tool"),
                   &replication = column<std::int64_t>(*trace, "replication_index");
    const Integers* times[] = {&column<std::int64_t>(*trace, "arrive"), &column<std::int64_t>(*trace, "start"),
                               &column<std::int64_t>(*trace, "end")};
    for (const Integers* other : {&step, &tool, &replication, times[0], times[1], times[2]})
      if (other->size() != lot.size()) throw std::runtime_error("the columns of the lot trace differ in length");
    for (std::size_t i = 0; i < lot.size(); ++i) {
      fmt::format_to(std::back_inserter(text), "{},{},{}", lots.at(lot[i]), steps.at(step[i]), tools.at(tool[i]));
      for (const Integers* time : times) {
        text += ',';
        append_seconds(text, (*time)[i]);
      }
      fmt::format_to(std::back_inserter(text), ",{}\n", replication[i]);
      if (text.size() > kBlock) {
        file.write(text);
        text.clear();
      }
    }
  }
  file.write(text);
  file.commit();
}

} // namespace centresim::io
