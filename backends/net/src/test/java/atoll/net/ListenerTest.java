package atoll.net;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.PlatformClock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ListenerTest {
  private static final long A_WHILE = 50_000_000;

  /** Nobody. */
  private static final NetworkLoop.Guests GUESTS =
      new NetworkLoop.Guests() {
        @Override
        public boolean waiting() {
          return false;
        }

        @Override
        public void serve() {}
      };

  private final TestNet.Pace pace = new TestNet.Pace();
  private final List<Throwable> defects = new ArrayList<>();
  private final NetworkLoop loop = new NetworkLoop(new PlatformClock(pace), defects::add);
  private final List<SocketChannel> taken = new ArrayList<>();
  private ServerSocketChannel server;

  @BeforeEach
  void open() throws IOException {
    server =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel channel : taken) {
      channel.close();
    }
    loop.close();
    assertThat(defects).isEmpty();
  }

  private void until(BooleanSupplier done) {
    while (!done.getAsBoolean()) {
      loop.turn(GUESTS, A_WHILE);
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(server.getLocalAddress());
  }

  @Test
  void aHostWithoutDescriptorsIsAskedAgainAfterASecondAndNotBefore() throws IOException {
    int[] asked = {0};
    Listener listener =
        new Listener(
            loop,
            server,
            () -> {
              if (asked[0]++ == 0) {
                throw new IOException("Too many open files");
              }
              return server.accept();
            },
            taken::add);
    assertThat(listener).isNotNull();
    try (SocketChannel client = connect()) {
      until(() -> asked[0] > 0);
      for (int n = 0; n < 3; n++) {
        pace.pass(300);
        loop.turn(GUESTS, 0);
      }
      assertThat(asked[0]).isEqualTo(1);
      pace.pass(100);
      until(() -> !taken.isEmpty());
      assertThat(client.isConnected()).isTrue();
    }
  }

  @Test
  void aConnectionThatCannotBeUsedIsClosedAndTheNextOneTaken() throws IOException {
    boolean[] refused = {false};
    Listener listener =
        new Listener(
            loop,
            server,
            channel -> {
              if (!refused[0]) {
                refused[0] = true;
                throw new IOException("it has gone");
              }
              taken.add(channel);
            });
    assertThat(listener).isNotNull();
    try (SocketChannel first = connect()) {
      until(() -> refused[0]);
      assertThat(first.read(ByteBuffer.allocate(1))).isEqualTo(-1);
      try (SocketChannel second = connect()) {
        until(() -> !taken.isEmpty());
        assertThat(second.isConnected()).isTrue();
      }
    }
  }
}
