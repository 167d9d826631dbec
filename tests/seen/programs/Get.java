// JSSE with its own trust store and the check of HTTPS names; the host is always 127.0.0.1, the name is in the SNI.
//   java Get.java PORT NAME CA.pem

import java.io.FileInputStream;
import java.io.InputStream;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

class Get {
    public static void main(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream file = new FileInputStream(arguments[2])) {
            store.setCertificateEntry("lab", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        int port = Integer.parseInt(arguments[0]);
        Socket plain = new Socket("127.0.0.1", port);
        try (SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, arguments[1], port, true)) {
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes());
            System.out.print(new String(socket.getInputStream().readAllBytes()));
        } catch (SSLException refused) {
            System.err.println(refused.getMessage());
            System.exit(1);
        }
    }
}
