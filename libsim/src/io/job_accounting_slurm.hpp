// The words of sacct: columns, states, spans of time, amounts.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace centresim::io::detail::slurm {

enum Column : std::size_t {
  job_id,
  job_id_raw,
  submit,
  start,
  end,
  elapsed,
  elapsed_raw,
  timelimit,
  timelimit_raw,
  alloc_cpus,
  ncpus,
  req_cpus,
  nnodes,
  alloc_nodes,
  req_nodes,
  req_mem,
  max_rss,
  user,
  account,
  partition,
  qos,
  state,
  priority,
  licenses,
  req_tres,
  alloc_tres,
  job_name,
  columns
};
inline constexpr std::array<std::string_view, columns> kColumns = {
    "JobID",     "JobIDRaw",  "Submit",  "Start",  "End",        "Elapsed",  "ElapsedRaw", "Timelimit", "TimelimitRaw",
    "AllocCPUS", "NCPUS",     "ReqCPUS", "NNodes", "AllocNodes", "ReqNodes", "ReqMem",     "MaxRSS",    "User",
    "Account",   "Partition", "QOS",     "State",  "Priority",   "Licenses", "ReqTRES",    "AllocTRES", "JobName"};

// What else sacct can list, of no use here.
[[nodiscard]] std::span<const std::string_view> columns_passed_over();

enum class Ending { ended, unfinished };
struct State {
  std::string_view name;
  Ending ending;
};
[[nodiscard]] std::span<const State> states();

// "1-02:03:04", "02:03:04", "03:04" or "03:04.123" in seconds; false if it is none of them.
[[nodiscard]] bool parse_span(std::string_view text, std::int64_t& seconds);
// "4000M", "7.5G" in KiB; without a unit: bytes or MB.
enum class Bare { bytes, megabytes };
[[nodiscard]] bool parse_size(std::string_view text, Bare bare, double& kib);
// The value of "mem" in "cpu=4,mem=8G,license/vcs=2", or an empty text.
[[nodiscard]] std::string_view tres(std::string_view text, std::string_view key);

} // namespace centresim::io::detail::slurm
