// The limit that scripts/bench divides by: the server half of a full handshake between two OpenSSL objects
// over memory BIOs, nothing else. CPU of the server's calls alone.
//
//   bench_limit CERTIFICATE KEY TLS COUNT        TLS is 1.2 or 1.3; prints one JSON object

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <cstdlib>
#include <ctime>
#include <string>

namespace {

[[noreturn]] void give_up(const char* why) {
    fmt::print(stderr, "bench_limit: {}\n", why);
    std::exit(2);
}

double thread_cpu_us() {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

void set_version(SSL_CTX* context, int version) {
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set1_groups_list(context, "X25519:P-256");
}

/// One handshake; answers what the server's half cost.
double handshake(SSL_CTX* server_context, SSL_CTX* client_context) {
    BIO* to_server = BIO_new(BIO_s_mem());
    BIO* to_client = BIO_new(BIO_s_mem());
    SSL* client = SSL_new(client_context);
    BIO_up_ref(to_server);
    BIO_up_ref(to_client);
    SSL_set_bio(client, to_client, to_server);
    SSL_set_connect_state(client);
    double cost = 0;
    double begun = thread_cpu_us();
    SSL* server = SSL_new(server_context);
    SSL_set_bio(server, to_server, to_client);
    SSL_set_accept_state(server);
    cost += thread_cpu_us() - begun;
    int client_done = 0;
    int server_done = 0;
    for (int turn = 0; turn < 8 && (client_done != 1 || server_done != 1); ++turn) {
        client_done = SSL_do_handshake(client);
        begun = thread_cpu_us();
        server_done = SSL_do_handshake(server);
        cost += thread_cpu_us() - begun;
    }
    if (client_done != 1 || server_done != 1) give_up("the handshake failed");
    SSL_free(client);
    begun = thread_cpu_us();
    SSL_free(server);
    return cost + thread_cpu_us() - begun;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) give_up("usage: bench_limit CERTIFICATE KEY 1.2|1.3 COUNT");
    const int version = std::string(argv[3]) == "1.2" ? TLS1_2_VERSION : TLS1_3_VERSION;
    const long count = std::atol(argv[4]);
    SSL_CTX* server = SSL_CTX_new(TLS_server_method());
    SSL_CTX* client = SSL_CTX_new(TLS_client_method());
    if (SSL_CTX_use_certificate_chain_file(server, argv[1]) != 1 ||
        SSL_CTX_use_PrivateKey_file(server, argv[2], SSL_FILETYPE_PEM) != 1) {
        give_up("cannot load the certificate");
    }
    set_version(server, version);
    set_version(client, version);
    for (long i = 0; i < 20; ++i) handshake(server, client);
    double total = 0;
    for (long i = 0; i < count; ++i) total += handshake(server, client);
    fmt::print("{{\"handshakes\":{},\"cpu_us\":{:.1f}}}\n", count, total / static_cast<double>(count));
    return 0;
}
