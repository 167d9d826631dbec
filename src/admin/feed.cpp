#include "admin/feed.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ocs::admin {

namespace asio = boost::asio;

void Feed::stored() {
    if (!is_watched()) return;
    post_once();
}

void Feed::passes(std::string line) {
    auto shared = std::make_shared<const std::string>(std::move(line));
    {
        const std::lock_guard lock(mutex_);
        arrived_.push_back(std::move(shared));
        if (arrived_.size() > most_passing) {
            arrived_.pop_front();
            ++overflowed_;
        }
    }
    post_once();
}

/// A burst wakes the API's thread once.
void Feed::post_once() {
    {
        const std::lock_guard lock(mutex_);
        if (posted_) return;
        posted_ = true;
    }
    asio::post(io_, [this] { hand_out(); });
}

void Feed::hand_out() {
    std::deque<std::shared_ptr<const std::string>> lines;
    std::uint64_t lost = 0;
    {
        const std::lock_guard lock(mutex_);
        posted_ = false;
        lines.swap(arrived_);
        std::swap(lost, overflowed_);
    }
    for (const auto& watcher : watchers_) {
        watcher->news = true;
        watcher->missed += lost;
        for (const auto& line : lines) {
            if (watcher->passing.size() >= most_passing) {
                watcher->passing.pop_front();
                ++watcher->missed;
            }
            watcher->passing.push_back(line);
        }
        watcher->timer.cancel();
    }
}

std::shared_ptr<Watcher> Feed::watch() {
    auto watcher = std::make_shared<Watcher>(io_);
    watchers_.push_back(watcher);
    watchers_now_ = watchers_.size();
    return watcher;
}

void Feed::leave(const std::shared_ptr<Watcher>& watcher) {
    std::erase(watchers_, watcher);
    watchers_now_ = watchers_.size();
}

asio::awaitable<void> Feed::news(std::shared_ptr<Watcher> watcher,
                                 std::chrono::steady_clock::time_point until) const {
    if (watcher->news || !watcher->passing.empty() || stopped_) co_return;
    watcher->timer.expires_at(until);
    auto waited = co_await watcher->timer.async_wait(asio::as_tuple(asio::use_awaitable));
    static_cast<void>(waited);  // whoever cancels it has news
}

void Feed::stop() {
    stopped_ = true;
    for (const auto& watcher : watchers_) watcher->timer.cancel();
}

}  // namespace ocs::admin
