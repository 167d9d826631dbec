#pragma once
// The client of the API's test connections.

#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <functional>

#include "admin/test_connection.hpp"

namespace ocs::apps {

/// For server::LabOptions: trusts the CA of that state folder alone.
std::function<void(boost::asio::io_context&, const admin::TestWish&, std::function<void(admin::TestOutcome)>)>
test_client(const std::filesystem::path& state_dir);

}  // namespace ocs::apps
