// What a user says about chip projects, their bugs and the shuttles that carry them. Plain values; described in
// design/describe_projects.hpp.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/schema/quantity.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace centresim::design {

using common::Distribution;
using schema::Duration;

enum class ProviderLoss { lost, late };

// A part of a chip with a flow of its own.
struct Block {
  std::string name;
  std::string flow;
  double cells = 100'000;
  double reuse = 0; // share that is taken over from earlier designs
  bool operator==(const Block&) const = default;
};

// Bugs of a project and how they are found.
struct Bugs {
  double density = 0;    // per 100,000 new cells
  double rate = 0;       // of finding one of them, per regression cycle
  double fatality = 1;   // share that makes a chip useless
  double introduced = 0; // new ones for every one that is mended
  double found_in_silicon = 0.85;
  std::string skill;
  Distribution fix; // engineer-hours
  bool operator==(const Bugs&) const = default;
};

struct Project {
  std::string name;
  std::string flow;
  std::vector<Block> blocks;
  double cells = 100'000; // of the chip's own tasks
  Duration start;
  std::optional<Distribution> every; // another one of its kind
  std::optional<std::int64_t> number;
  std::int64_t priority = 0;
  std::optional<Duration> due; // after its start
  std::string node;
  double area = 1; // mm2
  Duration booking_slack;
  std::optional<Bugs> bugs;
  std::string site;
  std::string account; // of licences and fairshare; default: the name
  bool operator==(const Project&) const = default;
};

// A company that runs shuttles.
struct Provider {
  std::string name;
  std::optional<Distribution> mttf; // until it closes down, for good
  ProviderLoss designs = ProviderLoss::lost;
  Distribution delay; // designs = late
  bool operator==(const Provider&) const = default;
};

// Multi-project wafers that leave at regular dates.
struct Shuttle {
  std::string name;
  std::string provider;
  std::string node;
  Duration first, every; // cut-off dates
  Duration booking;      // seats are booked at least so long before
  std::optional<std::int64_t> seats;
  Distribution slip; // of the cut-off
  double cancel = 0; // probability
  Distribution fab_time;
  double price = 0, minimum_area = 0; // per mm2; mm2
  double missed_fee = 0;              // share of the price of a seat that is not used
  bool operator==(const Shuttle&) const = default;
};

} // namespace centresim::design
