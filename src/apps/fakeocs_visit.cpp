#include "apps/fakeocs_visit.hpp"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

#include "client/visit.hpp"

namespace ocs::apps {
namespace {

admin::TestResult to_admin(client::VisitResult result) {
    switch (result) {
        case client::VisitResult::accepted:
            return admin::TestResult::accepted;
        case client::VisitResult::refused:
            return admin::TestResult::refused;
        case client::VisitResult::server_alert:
            return admin::TestResult::server_alert;
        case client::VisitResult::no_handshake:
            return admin::TestResult::no_handshake;
        case client::VisitResult::timed_out:
            return admin::TestResult::timed_out;
        case client::VisitResult::unreachable:
            return admin::TestResult::unreachable;
    }
    return admin::TestResult::unreachable;
}

}  // namespace

std::function<void(boost::asio::io_context&, const admin::TestWish&, std::function<void(admin::TestOutcome)>)>
test_client(const std::filesystem::path& state_dir) {
    return [roots = state_dir / "ca" / "ca.pem"](
               boost::asio::io_context& io, const admin::TestWish& wish, auto done) {
        const auto address = IpAddress::parse(wish.server.address);
        if (address.has_error())
            return done({admin::TestResult::unreachable, to_string(address.error()), {"", 0}});
        client::VisitWish visit{{*address, wish.server.port}, wish.name, roots, wall_now()};
        auto tell = [done = std::move(done)](const std::exception_ptr& broken, client::Visit seen) {
            if (broken) return done({admin::TestResult::unreachable, "the client failed", {"", 0}});
            done({to_admin(seen.result), std::move(seen.why), {std::move(seen.address), seen.port}});
        };
        boost::asio::co_spawn(io, client::visit(std::move(visit)), std::move(tell));
    };
}

}  // namespace ocs::apps
