#include "server/worker.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "server/sip_speaker.hpp"

namespace ocs::server {

void Worker::prepare(journal::Journal& journal,
                     record::ArmedFaults& faults,
                     std::function<void(std::string_view line)> key_log) {
    MakeSpeaker sip = [this, &journal, &faults](record::ConnectionRecord& record) {
        return make_sip_speaker(sip_, !record.facts.in_clear, record, journal, faults);
    };
    services_ =
        std::make_unique<Services>(Services{journal, faults, {}, {}, std::move(key_log), std::move(sip), {}});
}

void Worker::take(const config::Settings& settings) {
    services_->limits = settings.limits;
    services_->policies = settings.policies;
    services_->autodiscover = settings.autodiscover;
    services_->capture = settings.history.keep && settings.history.capture;
    services_->sip_keep_alive_seconds = settings.sip.front_end.keep_alive_seconds;
    sip_ = std::make_shared<const config::SipSettings>(settings.sip);
}

void Worker::start(Admission& admission) { listeners_.start(services_->journal, *services_, admission); }

void Worker::on_thread(const std::function<void()>& task) {
    std::promise<void> done;
    asio::post(io_, [&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

void Worker::resume() {
    asio::post(io_, [this] { listeners_.resume(); });
}

void Worker::hurry() {
    asio::post(io_, [this] { listeners_.hurry(); });
}

void Worker::stop(std::function<void()> ended) {
    asio::co_spawn(io_, listeners_.stop(), [told = std::move(ended)](const std::exception_ptr&) { told(); });
}

}  // namespace ocs::server
