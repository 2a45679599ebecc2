package atoll.manager;

import atoll.host.HostException;
import atoll.image.RefusedException;
import atoll.keys.HostTls;
import atoll.keys.Keyring;
import atoll.line.FarSecurity;
import atoll.line.Line;
import atoll.line.TlsLine;
import java.io.IOException;
import java.util.Optional;
import javax.net.ssl.SSLEngine;

/** TLS with the far sides of devices, by the user's keys, which are looked at for each of them. */
final class FarKeys implements FarSecurity {
  private final Keyring ring;

  FarKeys(Keyring ring) {
    this.ring = ring;
  }

  @Override
  public Secured secure(Line plain, boolean client, Optional<String> peer) throws IOException {
    HostTls tls = tls(peer);
    SSLEngine engine = tls.engine(client);
    try {
      TlsLine line = new TlsLine(plain, engine);
      return new Secured(line, tls.peer(engine));
    } catch (IOException e) {
      throw tls.distrust(e).map(why -> new IOException(why, e)).orElse(e);
    }
  }

  private HostTls tls(Optional<String> peer) throws IOException {
    try {
      return of(peer);
    } catch (RefusedException | HostException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private HostTls of(Optional<String> peer) {
    return peer.map(ring::tls).orElseGet(ring::tls);
  }

  /**
   * Looks whether there are the keys that an address needs.
   *
   * @throws RefusedException if not; says what to do
   */
  void require(Optional<String> peer) {
    HostTls ignored = of(peer);
  }
}
