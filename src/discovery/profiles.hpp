#pragma once
// The built-in profiles, one function each. The data are in profiles_*.cpp; who wants them asks
// client_profile.hpp.

#include "discovery/client_profile.hpp"

namespace ocs::discovery {

ClientProfile communicator2007();
ClientProfile lync2010();
ClientProfile lync2013();
ClientProfile sipe();
ClientProfile lcs2005();
ClientProfile communicator2007r2();
ClientProfile communicator_phone();
ClientProfile lync2010_cu4();
ClientProfile sfb2016();
ClientProfile lync_phone();
ClientProfile lync_mobile();

}  // namespace ocs::discovery
