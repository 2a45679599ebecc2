package atoll.keys;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * TLS 1.3 (RFC 8446) in which both ends show a key of Ed25519 and each must know the other's. No
 * authority vouches for anybody, and no name or date of a certificate counts.
 *
 * <p>The one cipher is ChaCha20-Poly1305: the product runs with C1 alone, which compiles it to
 * about 200 MB/s on the machine that it was measured on, and AES-GCM, for which only C2 knows the
 * processor's instructions, to 44 ({@code docs/adr/0118-hosts-know-each-others-keys.md}).
 */
public final class HostTls {
  private static final String[] VERSIONS = {"TLSv1.3"};
  private static final String[] CIPHERS = {"TLS_CHACHA20_POLY1305_SHA256"};
  private static final String KEY_TYPE = "EdDSA";
  private static final String ALIAS = "own";

  private final PublicId own;
  private final Keyring ring;
  private final Optional<PublicId> only;
  private final SSLContext context;

  /**
   * @param only the one key that is trusted; without, those that the user trusts
   */
  HostTls(OwnKey own, Keyring ring, Optional<PublicId> only) {
    this.own = own.id();
    this.ring = ring;
    this.only = only;
    try {
      context = SSLContext.getInstance("TLS");
      context.init(
          new KeyManager[] {new Own(own.privateKey(), PlainCertificate.of(own))},
          new TrustManager[] {new Known()},
          null);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has TLS", e);
    }
  }

  /** The key that this end shows. */
  public PublicId own() {
    return own;
  }

  /** For the end that connects, or the one that is connected to. */
  public SSLEngine engine(boolean client) {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(client);
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setProtocols(VERSIONS);
    parameters.setCipherSuites(CIPHERS);
    parameters.setNeedClientAuth(!client);
    engine.setSSLParameters(parameters);
    return engine;
  }

  /** By which name the other end of a connection that has begun is trusted. */
  public String peer(SSLEngine engine) throws IOException {
    try {
      X509Certificate shown = (X509Certificate) engine.getSession().getPeerCertificates()[0];
      PublicId id = PublicId.of(shown.getPublicKey());
      return ring.name(id).orElse(only.isPresent() ? id.text() : "a host that was trusted");
    } catch (SSLPeerUnverifiedException e) {
      throw new IOException("the other end has shown no key", e);
    }
  }

  /**
   * Why a connection has failed, in words for a user, if it is that one end does not know the
   * other's key.
   */
  public Optional<String> distrust(IOException problem) {
    for (Throwable why = problem; why != null; why = why.getCause()) {
      if (why instanceof UnknownKeyException unknown) {
        return Optional.of(unknown.getMessage());
      }
    }
    boolean told =
        problem instanceof SSLException
            && problem.getMessage() != null
            && problem.getMessage().contains("certificate_unknown");
    return told
        ? Optional.of(
            "the other host does not trust this one; there: atoll keys trust NAME %s"
                .formatted(own))
        : Optional.empty();
  }

  /** The other end shows a key that is not trusted here. */
  private static final class UnknownKeyException extends CertificateException {
    private static final long serialVersionUID = 1;

    UnknownKeyException(PublicId key) {
      this(
          "the other host is not trusted here; if its 'atoll keys show' prints the same: atoll keys trust NAME %s"
              .formatted(key));
    }

    UnknownKeyException(String message) {
      super(message);
    }
  }

  /** Shows the one key that there is. */
  private static final class Own extends X509ExtendedKeyManager {
    private final PrivateKey key;
    private final X509Certificate certificate;

    Own(PrivateKey key, X509Certificate certificate) {
      this.key = key;
      this.certificate = certificate;
    }

    private static String alias(String... types) {
      for (String type : types) {
        if (type.equals(KEY_TYPE)) {
          return ALIAS;
        }
      }
      return null;
    }

    @Override
    public String chooseEngineClientAlias(String[] types, Principal[] issuers, SSLEngine engine) {
      return alias(types);
    }

    @Override
    public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
      return alias(type);
    }

    @Override
    public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
      return alias(types);
    }

    @Override
    public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
      return alias(type);
    }

    @Override
    public String[] getClientAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public String[] getServerAliases(String type, Principal[] issuers) {
      return new String[] {ALIAS};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
      return new X509Certificate[] {certificate};
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
      return key;
    }
  }

  /** Trusts those whose key the user trusts. That they have it, TLS proves by itself. */
  private final class Known extends X509ExtendedTrustManager {
    private void require(X509Certificate... chain) throws CertificateException {
      PublicId shown;
      try {
        shown = PublicId.of(chain[0].getPublicKey());
      } catch (IllegalArgumentException e) {
        throw new CertificateException("the other host's key is not of Ed25519", e);
      }
      if (only.isPresent()) {
        requireThe(only.get(), shown);
      } else if (ring.name(shown).isEmpty()) {
        throw new UnknownKeyException(shown);
      }
    }

    private void requireThe(PublicId expected, PublicId shown) throws UnknownKeyException {
      if (!expected.equals(shown)) {
        throw new UnknownKeyException(
            "the other end shows the key %s, expected %s".formatted(shown, expected));
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      require(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type)
        throws CertificateException {
      require(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
