/* wolfSSL with its defaults and a check of the name.   wolfssl_get PORT NAME CA.pem */
#include <wolfssl/options.h>
#include <wolfssl/ssl.h>

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const char request[] = "GET / HTTP/1.0\r\n\r\n";

int main(int count, char** arguments) {
    if (count != 4) return 2;
    const int plain = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in to = {0};
    to.sin_family = AF_INET;
    to.sin_port = htons((unsigned short)atoi(arguments[1]));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(plain, (struct sockaddr*)&to, sizeof to) != 0) return 2;
    wolfSSL_Init();
    WOLFSSL_CTX* context = wolfSSL_CTX_new(wolfSSLv23_client_method());
    if (wolfSSL_CTX_load_verify_locations(context, arguments[3], NULL) != WOLFSSL_SUCCESS) return 2;
    wolfSSL_CTX_set_verify(context, WOLFSSL_VERIFY_PEER, NULL); /* Debian's build verifies nothing by default */
    WOLFSSL* ssl = wolfSSL_new(context);
    wolfSSL_UseSNI(ssl, WOLFSSL_SNI_HOST_NAME, arguments[2], (unsigned short)strlen(arguments[2]));
    wolfSSL_check_domain_name(ssl, arguments[2]);
    wolfSSL_set_fd(ssl, plain);
    if (wolfSSL_connect(ssl) != WOLFSSL_SUCCESS) {
        char text[WOLFSSL_MAX_ERROR_SZ];
        fprintf(stderr, "%s\n", wolfSSL_ERR_error_string((unsigned long)wolfSSL_get_error(ssl, 0), text));
        close(plain);
        return 1;
    }
    wolfSSL_write(ssl, request, (int)strlen(request));
    char page[4096];
    int got;
    while ((got = wolfSSL_read(ssl, page, sizeof page)) > 0) fwrite(page, 1, (size_t)got, stdout);
    wolfSSL_shutdown(ssl);
    close(plain);
    return 0;
}
