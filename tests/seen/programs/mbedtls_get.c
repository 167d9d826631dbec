/* mbedTLS with its defaults.   mbedtls_get PORT NAME CA.pem */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char request[] = "GET / HTTP/1.0\r\n\r\n";

static void need(int result, const char* what) {
    if (result >= 0) return;
    char text[200];
    mbedtls_strerror(result, text, sizeof text);
    fprintf(stderr, "%s: %s\n", what, text);
    exit(1);
}

int main(int count, char** arguments) {
    if (count != 4) return 2;
    mbedtls_net_context net;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt ca;
    mbedtls_ssl_config config;
    mbedtls_ssl_context ssl;
    mbedtls_net_init(&net);
    mbedtls_entropy_init(&entropy);
    mbedtls_ctr_drbg_init(&random);
    mbedtls_x509_crt_init(&ca);
    mbedtls_ssl_config_init(&config);
    mbedtls_ssl_init(&ssl);
    need(mbedtls_ctr_drbg_seed(&random, mbedtls_entropy_func, &entropy, NULL, 0), "seed");
    need(mbedtls_x509_crt_parse_file(&ca, arguments[3]), "CA");
    need(mbedtls_net_connect(&net, "127.0.0.1", arguments[1], MBEDTLS_NET_PROTO_TCP), "connect");
    need(mbedtls_ssl_config_defaults(
             &config, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT),
         "defaults");
    mbedtls_ssl_conf_ca_chain(&config, &ca, NULL);
    mbedtls_ssl_conf_rng(&config, mbedtls_ctr_drbg_random, &random);
    need(mbedtls_ssl_setup(&ssl, &config), "setup");
    need(mbedtls_ssl_set_hostname(&ssl, arguments[2]), "name");
    mbedtls_ssl_set_bio(&ssl, &net, mbedtls_net_send, mbedtls_net_recv, NULL);
    const int done = mbedtls_ssl_handshake(&ssl);
    if (done != 0) {
        char why[500] = "";
        mbedtls_x509_crt_verify_info(why, sizeof why, "", mbedtls_ssl_get_verify_result(&ssl));
        if (mbedtls_ssl_get_verify_result(&ssl) != (uint32_t)-1) fprintf(stderr, "%s", why);
        need(done, "handshake");
    }
    need(mbedtls_ssl_write(&ssl, (const unsigned char*)request, strlen(request)), "write");
    unsigned char page[4096];
    int got;
    while ((got = mbedtls_ssl_read(&ssl, page, sizeof page)) > 0) fwrite(page, 1, (size_t)got, stdout);
    mbedtls_ssl_close_notify(&ssl);
    mbedtls_net_free(&net);
    return 0;
}
