// The values of the chip-design floor described once: names, units, ranges and meanings for files, JSON Schema, paths,
// Python and docs. The order of the fields is the order of positional arguments in Python.
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/describe_flows.hpp"
#include "centresim/design/describe_jobs.hpp"
#include "centresim/design/describe_policy.hpp"
#include "centresim/design/describe_projects.hpp"
#include "centresim/design/values.hpp"
#include "centresim/schema/describe.hpp"

#include <string>
#include <tuple>

namespace centresim::schema {

template <> struct Choices<design::Acquire> {
  static constexpr const char* name = "Acquire";
  static constexpr Choice<design::Acquire> list[] = {
      {design::Acquire::reserved, "reserved", "The scheduler counts tokens: a job waits for them without a core."},
      {design::Acquire::queue, "queue",
       "The tool queues at the licence server: the job waits on its cores, which it wastes."},
      {design::Acquire::requeue, "requeue",
       "The tool fails where there is no token: the job ends and is held back for a while."},
  };
};

template <> struct Choices<design::LicenceLoss> {
  static constexpr const char* name = "LicenceLoss";
  static constexpr Choice<design::LicenceLoss> list[] = {
      {design::LicenceLoss::kill, "kill", "The job ends and starts again, as if its node had failed."},
      {design::LicenceLoss::suspend, "suspend", "The job stays in memory and goes on when it has its licences again."},
  };
};

template <> struct Desc<design::Site> {
  static constexpr const char* name = "Site";
  static constexpr const char* doc = "A place with nodes, a queue and a scheduler of its own.";
  static auto fields() {
    using design::Site;
    return std::make_tuple(
        field("name", &Site::name, "Name of the site.").nonempty(),
        field(
            "storage", &Site::storage,
            "What its shared storage delivers; beyond it jobs with io slow down. Default: as much as anybody asks for.")
            .unit("GB/s")
            .more_than(0)
            .at_most(1e9),
        field("cache", &Site::cache, "What it keeps of datasets of other sites; default: all of them.")
            .unit("GB")
            .range(0, 1e9),
        field("egress_cost", &Site::egress_cost, "Cost of a GB of its datasets that is sent to another site.")
            .optional()
            .unit("money/GB")
            .range(0, 1e6));
  }
};

template <> struct Desc<design::Link> {
  static constexpr const char* name = "Link";
  static constexpr const char* doc = "A wide-area connection of two sites.";
  static auto fields() {
    using design::Link;
    return std::make_tuple(
        field("name", &Link::name, "Name of the link; random draws are keyed by it.").nonempty(),
        field("sites", &Link::sites, "The two sites.").nonempty(),
        field("bandwidth", &Link::bandwidth, "Bandwidth, shared evenly by the transfers of both directions.")
            .optional()
            .unit("Gbit/s")
            .more_than(0)
            .at_most(1e6),
        field("rtt", &Link::rtt, "Round-trip time.").optional().unit("s"),
        field("mttf", &Link::mttf, "Time for which it is up; a plain time is the mean of an exponential law.")
            .unit("d")
            .bare_exponential(),
        field("mttr", &Link::mttr, "Time for which it is down; a plain time is the mean of an exponential law.")
            .unit("min")
            .bare_exponential(),
        field("grace", &Link::grace, "Down for longer than this, licences that are held over it are lost.")
            .optional()
            .unit("min"),
        field("lost", &Link::lost, "What becomes of jobs that lose a licence.").optional());
  }
};

template <> struct Desc<design::Dataset> {
  static constexpr const char* name = "Dataset";
  static constexpr const char* doc = "What jobs read, and where it lies.";
  static auto fields() {
    using design::Dataset;
    return std::make_tuple(field("name", &Dataset::name, "Name of the dataset.").nonempty(),
                           field("site", &Dataset::site, "The site where it lies.").nonempty(),
                           field("size", &Dataset::size, "Size.").optional().unit("GB").more_than(0).at_most(1e9));
  }
};

template <> struct Desc<design::NodeClass> {
  static constexpr const char* name = "NodeClass";
  static constexpr const char* doc = "Identical nodes of the compute farm.";
  static auto fields() {
    using design::NodeClass;
    return std::make_tuple(
        field("name", &NodeClass::name, "Name of the class; nodes are numbered within it.").nonempty(),
        field("nodes", &NodeClass::nodes, "Number of nodes.").optional().unit("nodes").range(1, 200'000),
        field("cores", &NodeClass::cores, "Cores of a node.").optional().unit("cores").range(1, 10'000'000),
        field("memory", &NodeClass::memory, "Memory of a node; default: as much as anybody asks for.")
            .unit("GB")
            .more_than(0)
            .at_most(1e9),
        field("scratch", &NodeClass::scratch, "Local disk of a node; default: as much as anybody asks for.")
            .unit("GB")
            .more_than(0)
            .at_most(1e9),
        field("speed", &NodeClass::speed, "Speed; run times are divided by it.").optional().unit("1").range(0.01, 100),
        field("mttf", &NodeClass::mttf,
              "Time to failure of a node; a plain time is the mean (MTTF) of an exponential law.")
            .unit("d")
            .bare_exponential(),
        field("mttr", &NodeClass::mttr,
              "Time to repair of a node; a plain time is the mean (MTTR) of an exponential law.")
            .unit("h")
            .bare_exponential(),
        field("idle_power", &NodeClass::idle_power, "Power of a node with no core in use.")
            .optional()
            .unit("W")
            .range(0, 1e6),
        field("busy_power", &NodeClass::busy_power, "Power of a node with all cores in use.")
            .optional()
            .unit("W")
            .range(0, 1e6),
        field("cost", &NodeClass::cost, "Cost of an hour of a core.").optional().unit("money/h").range(0, 1e6),
        field("site", &NodeClass::site, "The site where the nodes are.").optional(),
        field("boot", &NodeClass::boot, "Time for which a node boots that was off.").optional().unit("min"),
        field("off_after", &NodeClass::off_after,
              "A node is switched off when no job has been on it for so long; default: never.")
            .unit("min"),
        field("rented", &NodeClass::rented,
              "Cost is paid for all cores of a node while it is on, used or not (cloud machines).")
            .optional());
  }
};

template <> struct Desc<design::Drain> {
  static constexpr const char* name = "Drain";
  static constexpr const char* doc = "Nodes out of service by plan: jobs that run there end first, no new ones start.";
  static auto fields() {
    using design::Drain;
    return std::make_tuple(field("name", &Drain::name, "Name of the drain.").nonempty(),
                           field("node_class", &Drain::node_class, "The nodes.").nonempty(),
                           field("start", &Drain::start, "When no new jobs start.").optional().unit("d"),
                           field("duration", &Drain::duration, "How long.").unit("h").more_than(0),
                           field("every", &Drain::every, "From start to start; default: once.").unit("d").more_than(0),
                           field("nodes", &Drain::nodes, "How many nodes of the class, the last ones; default: all.")
                               .unit("nodes")
                               .range(1, 200'000));
  }
};

template <> struct Desc<design::Partition> {
  static constexpr const char* name = "Partition";
  static constexpr const char* doc =
      "Tokens of a feature for a project, a site, or a project at a site: nobody else may use them, and it no others.";
  static std::string element_name(const Node& node) {
    const auto text = [&](const char* key) {
      const Node* found = node.find(key);
      return found && found->text() ? *found->text() : std::string();
    };
    const std::string site = text("site");
    return text("project") + (site.empty() ? "" : "@" + site);
  }
  static auto fields() {
    using design::Partition;
    return std::make_tuple(
        field("project", &Partition::project, "The project; default: any.").optional(),
        field("tokens", &Partition::tokens, "Its tokens.").optional().unit("tokens").range(1, 10'000'000),
        field("site", &Partition::site, "The site of the jobs; default: any.").optional());
  }
};

template <> struct Desc<design::Feature> {
  static constexpr const char* name = "Feature";
  static constexpr const char* doc = "A licence feature: a pool of tokens.";
  static auto fields() {
    using design::Feature;
    return std::make_tuple(
        field("name", &Feature::name, "Name of the feature.").nonempty(),
        field("vendor", &Feature::vendor, "Vendor, for reports.").optional(),
        field("tokens", &Feature::tokens, "Tokens of the pool.").optional().unit("tokens").range(1, 10'000'000),
        field("acquire", &Feature::acquire, "How jobs come by tokens.").optional(),
        field("minimum_hold", &Feature::minimum_hold, "Shortest time from check-out to return.").optional().unit("min"),
        field("linger", &Feature::linger, "Time for which a returned token stays taken.").optional().unit("min"),
        field("first_try", &Feature::first_try, "acquire = requeue: time from the start of a job to its check-out.")
            .optional()
            .unit("s"),
        field("back_off", &Feature::back_off,
              "acquire = requeue: how long a job is held back after its first denial; doubles with every further one.")
            .optional()
            .unit("s")
            .more_than(0),
        field("back_off_max", &Feature::back_off_max, "acquire = requeue: the longest it is held back.")
            .optional()
            .unit("s")
            .more_than(0),
        field("users", &Feature::users,
              "Users outside the scheduler, who take a token where one is free and are denied otherwise.")
            .optional()
            .unit("users")
            .range(0, 100'000),
        field("think", &Feature::think,
              "Time of such a user between two uses; a plain time is the mean of an exponential law.")
            .unit("min")
            .bare_exponential(),
        field("hold", &Feature::hold,
              "Time for which such a user keeps a token; a plain time is the mean of an exponential law.")
            .unit("min")
            .bare_exponential(),
        field("cost", &Feature::cost, "Cost of a token for a year.").optional().unit("money/token-year").range(0, 1e9),
        field("partitions", &Feature::partitions,
              "Projects and sites with tokens of their own, reported as feature/project, feature@site; the rest is for "
              "all "
              "others.")
            .optional(),
        field(
            "lend", &Feature::lend,
            "Partitions are shares of one pool: what is free anybody may take; with preemption the owner gets it back.")
            .optional(),
        field("server", &Feature::server,
              "Site of the licence server: check-outs from other sites take a round trip and need the link.")
            .optional(),
        field("sites", &Feature::sites, "The sites where tokens may be used; default: all.").optional());
  }
};

template <> struct Desc<design::Floor> {
  static constexpr const char* name = "Floor";
  static constexpr const char* doc =
      "The chip-design floor: its compute farm and licences, its engineers, projects and shuttles.";
  static auto fields() {
    using design::Floor;
    return std::make_tuple(
        field("node_classes", &Floor::node_classes, "The nodes of the farm.").optional(),
        field("jobs", &Floor::jobs, "Jobs named one by one.").optional(),
        field("streams", &Floor::streams, "Jobs that arrive at random.").optional(),
        field("features", &Floor::features, "Licence features.").optional(),
        field("policy", &Floor::policy, "How the scheduler chooses.").optional(),
        field("trace", &Floor::trace, "Jobs of a file."),
        field("profiles", &Floor::profiles, "Rates of arrival by hour of the week.").optional(),
        field("drains", &Floor::drains, "Nodes out of service by plan.").optional(),
        field("accounts", &Floor::accounts, "The fairshare tree.").optional(),
        field("sites", &Floor::sites, "The sites; default: one.").optional(),
        field("links", &Floor::links, "Wide-area connections of sites.").optional(),
        field("datasets", &Floor::datasets, "What jobs read.").optional(),
        field("projects", &Floor::projects, "Chips from idea to silicon.").optional(),
        field("flows", &Floor::flows, "Flows of blocks and chips.").optional(),
        field("teams", &Floor::teams, "The engineers.").optional(),
        field("calendars", &Floor::calendars, "When engineers work.").optional(),
        field("staffing", &Floor::staffing, "How engineers are given to projects.").optional(),
        field("stages", &Floor::stages, "Laws of the run time and memory of tools.").optional(),
        field("shuttles", &Floor::shuttles, "Shuttles that projects may take.").optional(),
        field("providers", &Floor::providers, "Who runs the shuttles.").optional(),
        field("waiting_cost", &Floor::waiting_cost, "Cost of an hour for which a job waits for a licence.")
            .optional()
            .unit("money/h")
            .range(0, 1e9),
        field("load_factor", &Floor::load_factor,
              "Divides the times between arrivals of the streams: 1.1 is 10 % more jobs.")
            .optional()
            .unit("1")
            .more_than(0)
            .at_most(1e6),
        field("max_queue", &Floor::max_queue, "More jobs in the farm end the run with an error.")
            .optional()
            .unit("jobs")
            .range(1, 1e8));
  }
};

} // namespace centresim::schema
