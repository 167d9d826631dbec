#pragma once
// From the journal's writer to those who watch: each is woken when there is something new.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace ocs::admin {

/// Somebody who watches. On the API's thread.
struct Watcher {
    explicit Watcher(boost::asio::io_context& io) : timer(io) {}

    boost::asio::steady_timer timer;
    bool news = true;                                        ///< there may be more in the history
    std::deque<std::shared_ptr<const std::string>> passing;  ///< lines that are not in the history
    std::uint64_t missed = 0;  ///< of these, since the watcher is too slow; it says so and goes on
};

/// Outlives the journal it hears of. All but is_watched(), stored() and passes() on the API's thread.
class Feed {
public:
    static constexpr std::size_t most_passing = 2'000;  ///< lines that wait for one watcher

    explicit Feed(boost::asio::io_context& io) : io_(io) {}

    // As journal::Observer says.

    [[nodiscard]] bool is_watched() const { return watchers_now_ > 0; }
    void stored();
    void passes(std::string line);

    /// Until the pointer is given back to leave().
    std::shared_ptr<Watcher> watch();
    void leave(const std::shared_ptr<Watcher>& watcher);
    /// Waits until the watcher has news, somebody stops the feed, or the time is up.
    boost::asio::awaitable<void> news(std::shared_ptr<Watcher> watcher,
                                      std::chrono::steady_clock::time_point until) const;
    void stop();
    [[nodiscard]] bool stopped() const { return stopped_; }

private:
    void hand_out();
    void post_once();

    boost::asio::io_context& io_;
    std::vector<std::shared_ptr<Watcher>> watchers_;
    std::atomic<std::size_t> watchers_now_ = 0;
    bool stopped_ = false;

    std::mutex mutex_;  // for what follows
    bool posted_ = false;
    std::deque<std::shared_ptr<const std::string>> arrived_;
    std::uint64_t overflowed_ = 0;
};

}  // namespace ocs::admin
