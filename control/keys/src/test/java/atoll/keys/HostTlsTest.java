package atoll.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of TLS, with their bytes handed over in this test. */
class HostTlsTest {
  private static final int ROOM = 1 << 16;

  @TempDir private Path folder;
  private Keyring one;
  private Keyring other;
  private ByteBuffer toServer;
  private ByteBuffer toClient;

  @BeforeEach
  void makeKeys() {
    one = new Keyring(folder.resolve("one"));
    other = new Keyring(folder.resolve("other"));
    one.make(Keyring.HOST);
    other.make(Keyring.HOST);
    toServer = ByteBuffer.allocate(ROOM);
    toClient = ByteBuffer.allocate(ROOM);
  }

  /** Has each end do what it can until both are done or one refuses. */
  private String shakeHands(SSLEngine client, SSLEngine server) throws IOException {
    client.beginHandshake();
    server.beginHandshake();
    for (int i = 0; i < 100; i++) {
      step(client, toClient, toServer);
      step(server, toServer, toClient);
    }
    ByteBuffer said = ByteBuffer.wrap("hello".getBytes(StandardCharsets.US_ASCII));
    client.wrap(said, toServer);
    ByteBuffer heard = ByteBuffer.allocate(ROOM);
    toServer.flip();
    server.unwrap(toServer, heard);
    toServer.compact();
    return new String(heard.array(), 0, heard.position(), StandardCharsets.US_ASCII);
  }

  private static void step(SSLEngine engine, ByteBuffer in, ByteBuffer out) throws IOException {
    HandshakeStatus status = engine.getHandshakeStatus();
    switch (status) {
      case NEED_TASK -> engine.getDelegatedTask().run();
      case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
      default -> {
        in.flip();
        engine.unwrap(in, ByteBuffer.allocate(ROOM));
        in.compact();
      }
    }
  }

  private String connect() throws IOException {
    return shakeHands(one.tls().engine(true), other.tls().engine(false));
  }

  @Test
  void hostsThatKnowEachOtherTalk() throws IOException {
    one.trust("other", other.show(Keyring.HOST));
    other.trust("one", one.show(Keyring.HOST));
    SSLEngine client = one.tls().engine(true);
    SSLEngine server = other.tls().engine(false);

    assertThat(shakeHands(client, server)).isEqualTo("hello");
    assertThat(client.getSession().getProtocol()).isEqualTo("TLSv1.3");
    assertThat(client.getSession().getCipherSuite()).contains("CHACHA20");
    assertThat(one.tls().peer(client)).isEqualTo("other");
    assertThat(other.tls().peer(server)).isEqualTo("one");
  }

  @Test
  void aServerThatIsNotKnownIsRefusedWithItsKey() {
    other.trust("one", one.show(Keyring.HOST));
    assertThatThrownBy(this::connect)
        .isInstanceOfSatisfying(
            IOException.class,
            problem ->
                assertThat(one.tls().distrust(problem).orElseThrow())
                    .contains("atoll keys trust NAME " + other.show(Keyring.HOST)));
  }

  @Test
  void aClientThatIsNotKnownIsRefusedWithItsKey() {
    one.trust("other", other.show(Keyring.HOST));
    assertThatThrownBy(this::connect)
        .isInstanceOfSatisfying(
            IOException.class,
            problem ->
                assertThat(other.tls().distrust(problem).orElseThrow())
                    .contains("atoll keys trust NAME " + one.show(Keyring.HOST)));
  }

  @Test
  void aForgottenHostIsNotKnownAnyMore() throws IOException {
    one.trust("other", other.show(Keyring.HOST));
    other.trust("one", one.show(Keyring.HOST));
    assertThat(connect()).isEqualTo("hello");
    other.forget("one");
    makeRoom();
    assertThatThrownBy(this::connect).isInstanceOf(IOException.class);
  }

  private void makeRoom() {
    toServer.clear();
    toClient.clear();
  }

  @Test
  void aHostTalksToItself() throws IOException {
    assertThat(shakeHands(one.tls().engine(true), one.tls().engine(false))).isEqualTo("hello");
  }
}
