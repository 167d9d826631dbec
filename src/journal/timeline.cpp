#include "journal/timeline.hpp"

#include <algorithm>

namespace ocs::journal {

namespace {

constexpr Micros held_for{600'000'000};
constexpr std::size_t most_neighbours = 8;
constexpr std::size_t most_addresses = 10'000;

WallTime end_of(const LogLine& line) {
    return line.kind == LineKind::connection ? line.time + line.duration : line.time;
}

bool earlier(const LogLine& a, const LogLine& b) { return a.time < b.time; }

}  // namespace

void Timeline::add(LogLine line) {
    latest_ = std::max(latest_, end_of(line));
    const auto known = line.attempt.empty() ? by_id_.end() : by_id_.find(line.attempt);
    const HeldPtr held = known == by_id_.end() ? begin(line) : known->second;
    Extent& extent = *held->extent;
    extent.first = std::min(extent.first, line.time);
    extent.last = std::max(extent.last, end_of(line));
    if (extent.user.empty()) extent.user = line.user;
    held->news = true;
    auto& lines = held->view.lines;
    if (lines.size() >= most_lines) {
        ++held->view.left_out;
        return;
    }
    ++lines_;
    // What was drawn before stays where it was drawn.
    const auto from = lines.begin() + static_cast<std::ptrdiff_t>(held->view.shown);
    lines.insert(std::upper_bound(from, lines.end(), line, earlier), std::move(line));
}

Timeline::HeldPtr Timeline::begin(const LogLine& line) {
    auto held = std::make_shared<Held>();
    held->view.id = line.attempt;
    held->extent = std::make_shared<Extent>(Extent{line.attempt, line.user, line.time, line.time});
    held_.push_back(held);
    if (line.attempt.empty()) return held;
    by_id_[line.attempt] = held;
    if (recent_.size() > most_addresses) recent_.clear();
    auto& recent = recent_[line.peer];
    for (const HeldPtr& other : recent) {
        held->neighbours.push_back(other->extent);
        other->neighbours.push_back(held->extent);
    }
    recent.push_back(held);
    if (recent.size() > most_neighbours) recent.pop_front();
    return held;
}

bool Timeline::is_over(const Held& held) const { return held.extent->last + held_for < latest_; }

AttemptView Timeline::give(const Held& held) {
    AttemptView view = held.view;
    const Extent& own = *held.extent;
    for (const ExtentPtr& other : held.neighbours) {
        const bool same_time = other->first <= own.last && own.first <= other->last;
        if (!same_time || (!other->user.empty() && other->user == own.user)) continue;
        const std::string id = other->id.substr(other->id.rfind('-') + 1);
        view.beside.push_back(id + (other->user.empty() ? "" : " (" + other->user + ")"));
    }
    return view;
}

std::vector<AttemptView> Timeline::take_finished() {
    std::vector<AttemptView> done;
    while (!held_.empty() && (is_over(*held_.front()) || lines_ > most_lines_held)) {
        const HeldPtr first = held_.front();
        done.push_back(give(*first));
        lines_ -= first->view.lines.size();
        by_id_.erase(first->view.id);
        held_.pop_front();
    }
    return done;
}

std::vector<AttemptView> Timeline::take_all() {
    std::vector<AttemptView> all;
    for (const HeldPtr& held : held_) all.push_back(give(*held));
    held_.clear();
    by_id_.clear();
    recent_.clear();
    lines_ = 0;
    return all;
}

std::vector<AttemptView> Timeline::take_news() {
    std::vector<AttemptView> news;
    for (const HeldPtr& held : held_) {
        if (!held->news) continue;
        news.push_back(give(*held));
        held->view.shown = held->view.lines.size();
        held->news = false;
    }
    std::erase_if(held_, [&](const HeldPtr& held) {
        const bool forget = held->view.id.empty() || is_over(*held) || lines_ > most_lines_held;
        if (!forget) return false;
        lines_ -= held->view.lines.size();
        by_id_.erase(held->view.id);
        return true;
    });
    return news;
}

}  // namespace ocs::journal
