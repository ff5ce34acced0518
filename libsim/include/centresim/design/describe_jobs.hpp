// The jobs of the chip-design floor described: listed, random and traced (see describe.hpp).
#pragma once
#include "centresim/common/distribution.hpp"
#include "centresim/design/values.hpp"
#include "centresim/schema/describe.hpp"

#include <string>
#include <tuple>

namespace centresim::schema {

template <> struct Choices<design::TraceFormat> {
  static constexpr const char* name = "TraceFormat";
  static constexpr Choice<design::TraceFormat> list[] = {
      {design::TraceFormat::swf, "swf", "Standard Workload Format of the Parallel Workloads Archive."},
      {design::TraceFormat::csv, "csv", "A table with the columns of a job."},
  };
};

template <> struct Desc<design::Profile> {
  static constexpr const char* name = "Profile";
  static constexpr const char* doc = "Rates of arrival by hour, relative to one another.";
  static auto fields() {
    using design::Profile;
    return std::make_tuple(
        field("name", &Profile::name, "Name of the profile.").nonempty(),
        field("rates", &Profile::rates, "24 rates for the hours of a day, or 168 from Monday 00:00 on.")
            .unit("1")
            .range(0, 1e9)
            .nonempty());
  }
};

template <> struct Desc<design::JobStream> {
  static constexpr const char* name = "JobStream";
  static constexpr const char* doc = "Jobs that arrive at random.";
  static auto fields() {
    using design::JobStream;
    return std::make_tuple(
        field("name", &JobStream::name, "Name of the stream; random draws are keyed by it.").nonempty(),
        field("every", &JobStream::every, "Time between arrivals, on the average over the profile.").unit("min"),
        field("profile", &JobStream::profile, "Profile of the arrival rate; default: constant.").optional(),
        field("jobs", &JobStream::jobs, "Jobs of one arrival (a job array).").optional().unit("jobs").number_law(),
        field("start", &JobStream::start, "Time from which jobs arrive.").optional().unit("d"),
        field("until", &JobStream::until, "Time from which no more jobs arrive; default: the horizon.")
            .unit("d")
            .more_than(0),
        field("run", &JobStream::run, "Run time on a node of speed 1.").unit("min"),
        field("run_max", &JobStream::run_max, "Longer run times are cut to this.").unit("h").more_than(0),
        field("cores", &JobStream::cores, "Cores of a job.").optional().unit("cores").number_law(),
        field("memory", &JobStream::memory, "Peak memory of a job.").optional().unit("GB").number_law(),
        field("memory_request", &JobStream::memory_request, "Memory requested, as a multiple of the peak.")
            .optional()
            .unit("1")
            .number_law(),
        field("request", &JobStream::request, "Run time requested, as a multiple of the run time.")
            .optional()
            .unit("1")
            .number_law(),
        field("scratch", &JobStream::scratch, "Local disk of a job.").optional().unit("GB").range(0, 1e9),
        field("tokens", &JobStream::tokens, "Licence tokens: \"vcs\", \"vcs:2\", \"vcs:1+1/8\" (one more per 8 cores).")
            .optional(),
        field("users", &JobStream::users, "Users who submit, each as likely as the other.")
            .optional()
            .unit("users")
            .range(1, 100'000),
        field("project", &JobStream::project, "Project or account of the jobs.").optional(),
        field("step", &JobStream::step, "Step of the flow, for predictions; default: the name.").optional(),
        field("kind", &JobStream::kind, "Kind of job, for reports; default: the name.").optional(),
        field("priority", &JobStream::priority, "Larger is more important.").optional().range(-1e6, 1e6),
        field("due", &JobStream::due, "Due date, after the submission.").unit("d"),
        field("preemptible", &JobStream::preemptible, "Whether the jobs may be preempted.").optional(),
        field("site", &JobStream::site, "The site where they are submitted.").optional(),
        field("data", &JobStream::data, "The dataset that they read; jobs sent elsewhere wait for a copy.").optional(),
        field("io", &JobStream::io, "What it asks of the shared storage while nobody disturbs it, mean over its run.")
            .optional()
            .unit("MB/s")
            .range(0, 1e9),
        field("io_share", &JobStream::io_share, "Share of its undisturbed run time that is spent on the storage.")
            .optional()
            .unit("1")
            .range(0, 1));
  }
};

template <> struct Desc<design::Job> {
  static constexpr const char* name = "Job";
  static constexpr const char* doc = "A job named one by one.";
  static auto fields() {
    using design::Job;
    return std::make_tuple(
        field("name", &Job::name, "Name of the job.").nonempty(),
        field("submit", &Job::submit, "When it is submitted.").optional().unit("s"),
        field("run", &Job::run, "Run time on a node of speed 1.").unit("s"),
        field("cores", &Job::cores, "Cores of a rank.").optional().unit("cores").range(1, 10'000'000),
        field("ranks", &Job::ranks, "Ranks, which start together and each fit a node (a gang).")
            .optional()
            .unit("ranks")
            .range(1, 100'000),
        field("memory", &Job::memory, "Memory of a rank that is requested; default: none.").unit("GB").range(0, 1e9),
        field("peak_memory", &Job::peak_memory, "Memory of a rank that is needed; default: as requested.")
            .unit("GB")
            .range(0, 1e9),
        field("scratch", &Job::scratch, "Local disk of a rank.").optional().unit("GB").range(0, 1e9),
        field("tokens", &Job::tokens, "Licence tokens: \"vcs\", \"vcs:2\", \"vcs:1+1/8\" (one more per 8 cores).")
            .optional(),
        field("request", &Job::request, "Run time that is requested (wall-time limit); default: the run time.")
            .unit("s"),
        field("user", &Job::user, "User, for predictions and fairshare.").optional(),
        field("project", &Job::project, "Project or account.").optional(),
        field("step", &Job::step, "Step of the flow, for predictions.").optional(),
        field("kind", &Job::kind, "Kind of job, for reports.").optional(),
        field("priority", &Job::priority, "Larger is more important.").optional().range(-1e6, 1e6),
        field("due", &Job::due, "Due date, from time 0.").unit("d").any_sign(),
        field("preemptible", &Job::preemptible, "Whether it may be preempted.").optional(),
        field("site", &Job::site, "The site where it is submitted.").optional(),
        field("data", &Job::data, "The dataset that it reads; jobs sent elsewhere wait for a copy.").optional(),
        field("io", &Job::io, "What it asks of the shared storage while nobody disturbs it, mean over its run.")
            .optional()
            .unit("MB/s")
            .range(0, 1e9),
        field("io_share", &Job::io_share, "Share of its undisturbed run time that is spent on the storage.")
            .optional()
            .unit("1")
            .range(0, 1));
  }
};

template <> struct Desc<design::Trace> {
  static constexpr const char* name = "Trace";
  static constexpr const char* doc = "Jobs of a file that is read while it is simulated.";
  static auto fields() {
    using design::Trace;
    return std::make_tuple(
        field("file", &Trace::file,
              "The file; relative to the file of the scenario. Names that end in .gz are unpacked.")
            .nonempty(),
        field("format", &Trace::format, "Format of the file.").optional(),
        field("sha256", &Trace::sha256, "SHA-256 of the file; a run refuses another one.")
            .optional()
            .pattern("^([0-9a-f]{64})?$"),
        field("gang", &Trace::gang, "Every processor is a rank of its own, which may lie on any node.").optional(),
        field("kind", &Trace::kind, "Kind of the jobs that name none, for reports.").optional(),
        field("site", &Trace::site, "The site where they are submitted.").optional());
  }
};

} // namespace centresim::schema
