#include "job_accounting_slurm.hpp"

#include "job_accounting_table.hpp"

#include <algorithm>
#include <cmath>

namespace centresim::io::detail::slurm {

namespace {

constexpr std::string_view kPassedOver[] = {"AdminComment",
                                            "AllocGRES",
                                            "AssocID",
                                            "AveCPU",
                                            "AveCPUFreq",
                                            "AveDiskRead",
                                            "AveDiskWrite",
                                            "AvePages",
                                            "AveRSS",
                                            "AveVMSize",
                                            "BlockID",
                                            "CPUTime",
                                            "CPUTimeRAW",
                                            "Cluster",
                                            "Comment",
                                            "ConsumedEnergy",
                                            "ConsumedEnergyRaw",
                                            "Constraints",
                                            "Container",
                                            "DBIndex",
                                            "DerivedExitCode",
                                            "Eligible",
                                            "ExitCode",
                                            "Extra",
                                            "FailedNode",
                                            "Flags",
                                            "GID",
                                            "Group",
                                            "Layout",
                                            "MaxDiskRead",
                                            "MaxDiskReadNode",
                                            "MaxDiskReadTask",
                                            "MaxDiskWrite",
                                            "MaxDiskWriteNode",
                                            "MaxDiskWriteTask",
                                            "MaxPages",
                                            "MaxPagesNode",
                                            "MaxPagesTask",
                                            "MaxRSSNode",
                                            "MaxRSSTask",
                                            "MaxVMSize",
                                            "MaxVMSizeNode",
                                            "MaxVMSizeTask",
                                            "McsLabel",
                                            "MinCPU",
                                            "MinCPUNode",
                                            "MinCPUTask",
                                            "NTasks",
                                            "NodeList",
                                            "Planned",
                                            "PlannedCPU",
                                            "PlannedCPURAW",
                                            "QOSRAW",
                                            "QOSREQ",
                                            "Reason",
                                            "ReqCPUFreq",
                                            "ReqCPUFreqGov",
                                            "ReqCPUFreqMax",
                                            "ReqCPUFreqMin",
                                            "ReqGRES",
                                            "Reservation",
                                            "ReservationId",
                                            "Reserved",
                                            "Restarts",
                                            "ResvCPU",
                                            "ResvCPURAW",
                                            "SLUID",
                                            "SegmentSize",
                                            "StdErr",
                                            "StdIn",
                                            "StdOut",
                                            "SubmitLine",
                                            "Suspended",
                                            "SystemComment",
                                            "SystemCPU",
                                            "TRESUsageInAve",
                                            "TRESUsageInMax",
                                            "TRESUsageInMaxNode",
                                            "TRESUsageInMaxTask",
                                            "TRESUsageInMin",
                                            "TRESUsageInMinNode",
                                            "TRESUsageInMinTask",
                                            "TRESUsageInTot",
                                            "TRESUsageOutAve",
                                            "TRESUsageOutMax",
                                            "TRESUsageOutMaxNode",
                                            "TRESUsageOutMaxTask",
                                            "TRESUsageOutMin",
                                            "TRESUsageOutMinNode",
                                            "TRESUsageOutMinTask",
                                            "TRESUsageOutTot",
                                            "TotalCPU",
                                            "UID",
                                            "UserCPU",
                                            "WCKey",
                                            "WCKeyID",
                                            "WorkDir"};

constexpr State kStates[] = {{"BOOT_FAIL", Ending::ended},
                             {"CANCELLED", Ending::ended},
                             {"COMPLETED", Ending::ended},
                             {"DEADLINE", Ending::ended},
                             {"FAILED", Ending::ended},
                             {"NODE_FAIL", Ending::ended},
                             {"OUT_OF_MEMORY", Ending::ended},
                             {"PREEMPTED", Ending::ended},
                             {"TIMEOUT", Ending::ended},
                             {"REQUEUED", Ending::ended},
                             {"REVOKED", Ending::ended},
                             {"LAUNCH_FAILED", Ending::ended},
                             {"RECONFIG_FAIL", Ending::ended},
                             {"EXPEDITING", Ending::unfinished},
                             {"POWER_UP_NODE", Ending::unfinished},
                             {"COMPLETING", Ending::unfinished},
                             {"CONFIGURING", Ending::unfinished},
                             {"PENDING", Ending::unfinished},
                             {"RESIZING", Ending::unfinished},
                             {"RUNNING", Ending::unfinished},
                             {"SUSPENDED", Ending::unfinished},
                             {"STOPPED", Ending::unfinished},
                             {"SIGNALING", Ending::unfinished},
                             {"STAGE_OUT", Ending::unfinished},
                             {"REQUEUE_FED", Ending::unfinished},
                             {"REQUEUE_HOLD", Ending::unfinished},
                             {"RESV_DEL_HOLD", Ending::unfinished},
                             {"SPECIAL_EXIT", Ending::unfinished}};

} // namespace

std::span<const std::string_view> columns_passed_over() { return kPassedOver; }
std::span<const State> states() { return kStates; }

bool parse_span(std::string_view text, std::int64_t& seconds) {
  std::int64_t days = 0;
  const bool with_days = text.find('-') != std::string_view::npos;
  if (with_days) {
    const std::size_t dash = text.find('-');
    if (!parse_count(text.substr(0, dash), days) || days > 1'000'000) return false;
    text.remove_prefix(dash + 1);
  }
  text = text.substr(0, text.find('.'));
  std::int64_t sum = 0;
  int parts = 0;
  while (true) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    std::int64_t part = 0;
    if (!parse_count(text.substr(0, colon), part) || part > 1'000'000'000 || ++parts > 3) return false;
    if (parts > 1 && part > 59) return false;
    sum = sum * 60 + part;
    if (colon == text.size()) break;
    text.remove_prefix(colon + 1);
  }
  if (parts < 2) return false;
  seconds = days * 86400 + sum;
  return true;
}

bool parse_size(std::string_view text, Bare bare, double& kib) {
  static constexpr std::string_view kUnits = "KMGTP";
  double factor = bare == Bare::bytes ? 1.0 / 1024 : 1024;
  if (!text.empty()) {
    if (const auto unit = kUnits.find(text.back()); unit != std::string_view::npos) {
      factor = std::pow(1024.0, static_cast<double>(unit));
      text.remove_suffix(1);
    }
  }
  double value = 0;
  if (!parse_decimal(text, value) || value < 0) return false;
  kib = value * factor;
  return true;
}

std::string_view tres(std::string_view text, std::string_view key) {
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view item = text.substr(0, comma);
    if (item.size() > key.size() && item.starts_with(key) && item[key.size()] == '=')
      return item.substr(key.size() + 1);
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return {};
}

} // namespace centresim::io::detail::slurm
