package atoll.nbd;

import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/** Makes the JDK's engines for one end's TLS connections, of its files. */
final class TlsContext {
  private static final String[] VERSIONS = {"TLSv1.3", "TLSv1.2"};
  private static final char[] NO_PASSWORD = {};

  private final TlsFiles files;
  private final SSLContext context;

  /** Reads the files. */
  TlsContext(TlsFiles files) throws IOException {
    this.files = files;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(keys(files), trust(files.authority()), null);
    } catch (GeneralSecurityException e) {
      throw new IOException("the certificates and keys of TLS cannot be used: " + e, e);
    }
  }

  /** Null: none. */
  private static KeyManager[] keys(TlsFiles files) throws IOException, GeneralSecurityException {
    if (files.certificate().isEmpty()) {
      return null;
    }
    X509Certificate[] chain = new Pem(files.certificate().get()).certificates();
    KeyStore store = empty();
    store.setKeyEntry("own", new Pem(files.keyFile().get()).key(), NO_PASSWORD, chain);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  /** Null: those that the JDK trusts. */
  private static TrustManager[] trust(Optional<Path> authority)
      throws IOException, GeneralSecurityException {
    if (authority.isEmpty()) {
      return null;
    }
    KeyStore store = empty();
    for (X509Certificate certificate : new Pem(authority.get()).certificates()) {
      store.setCertificateEntry("trusted" + store.size(), certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    return store;
  }

  /**
   * For a client's connection.
   *
   * @param host that it has connected to; its server's certificate must be for that, or for the one
   *     that the files say
   */
  SSLEngine client(String host, int port) {
    String name = files.hostname().orElse(host);
    SSLEngine engine = context.createSSLEngine(name, port);
    engine.setUseClientMode(true);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** For a server's connection; its client must show who it is if the files say whom to trust. */
  SSLEngine server() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    parameters.setNeedClientAuth(files.authority().isPresent());
    engine.setSSLParameters(parameters);
    return engine;
  }
}
