#include "admin/admin.hpp"

#include <pthread.h>

#include <boost/asio/post.hpp>
#include <utility>

namespace ocs::admin {

namespace asio = boost::asio;

Admin::Admin(std::filesystem::path history) : history_(std::move(history)) {}

Admin::~Admin() {
    if (thread_.joinable()) thread_.join();
    if (folder_) folder_->remove_socket();
}

Result<void> Admin::bind_control(const std::filesystem::path& state_folder) {
    auto bound = admin::bind_control(io_, state_folder);
    if (bound.has_error()) return bound.error();
    folder_.emplace(std::move(bound->folder));
    server_.listen(std::move(bound->acceptor));
    return {};
}

Result<void> Admin::listen(asio::ip::tcp::acceptor acceptor,
                           GuardRules rules,
                           const std::optional<DoorCertificate>& certificate) {
    return server_.listen(std::move(acceptor), std::move(rules), certificate);
}

void Admin::start(ControlledLab lab) {
    lab.history = &history_;
    lab.reissues = &reissues_;
    lab.metrics = &metrics_;
    lab_.emplace(std::move(lab));
    server_.start(*lab_);
    thread_ = std::thread([this] {
        io_.run();
        if (ended_) ended_();
    });
    ::pthread_setname_np(thread_.native_handle(), "admin");
}

void Admin::set_dns(std::optional<ControlledDns> dns) {
    asio::post(io_, [this, now = std::move(dns)] {
        lab_->dns.reset();
        if (now) lab_->dns.emplace(*now);
    });
}

void Admin::stop(std::function<void()> ended) {
    asio::post(io_, [this, told = std::move(ended)]() mutable {
        ended_ = std::move(told);
        server_.stop();
        reissues_.stop();
    });
}

}  // namespace ocs::admin
