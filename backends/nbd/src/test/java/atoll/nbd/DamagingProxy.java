package atoll.nbd;

import atoll.host.Effects;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Random;

/** Stands between a client and a server, and damages what one of them says. */
final class DamagingProxy implements AutoCloseable {
  private static final long[] VALUES = {0, 1, -1, 0x7fff_ffffL, 0x8000_0000L, 1L << 62, 28, 512};

  private final ServerSocketChannel listening;
  private final Path server;
  private final boolean damagesServer;
  private final long seed;
  private final int least;

  /**
   * @param damagesServer whether what the server says is damaged, not what the client says
   * @param least bytes that pass whole, such as a handshake
   */
  DamagingProxy(Path socket, Path server, boolean damagesServer, long seed, int least)
      throws IOException {
    this.server = server;
    this.damagesServer = damagesServer;
    this.seed = seed;
    this.least = least;
    listening =
        ServerSocketChannel.open(StandardProtocolFamily.UNIX)
            .bind(UnixDomainSocketAddress.of(socket));
    Effects.host().tasks().start("proxy", this::run);
  }

  private void run() {
    try {
      for (int n = 0; ; n++) {
        SocketChannel client = listening.accept();
        SocketChannel to = SocketChannel.open(StandardProtocolFamily.UNIX);
        if (!to.connect(UnixDomainSocketAddress.of(server))) {
          throw new IOException("not connected");
        }
        long number = seed * 31 + n;
        start(client, to, damagesServer ? null : new Random(number));
        start(to, client, damagesServer ? new Random(number) : null);
      }
    } catch (IOException e) {
      // It has been closed.
    }
  }

  private void start(SocketChannel from, SocketChannel to, Random damage) {
    Effects.host()
        .tasks()
        .start(
            "half",
            () -> {
              try (from;
                  to) {
                copy(from, to, damage);
              } catch (IOException e) {
                // One of them has gone.
              }
            });
  }

  private void copy(SocketChannel from, SocketChannel to, Random damage) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(64 << 10);
    long passed = 0;
    long next = damage == null ? Long.MAX_VALUE : least + damage.nextInt(400);
    while (from.read(buffer.clear()) >= 0) {
      buffer.flip();
      while (next < passed + buffer.limit()) {
        damage(buffer, (int) Math.max(0, next - passed), damage);
        next += 1 + damage.nextInt(400);
      }
      passed += buffer.limit();
      while (buffer.hasRemaining()) {
        to.write(buffer);
      }
    }
  }

  private static void damage(ByteBuffer buffer, int at, Random random) {
    long value = VALUES[random.nextInt(VALUES.length)];
    if (random.nextBoolean()) {
      buffer.put(at, (byte) random.nextInt());
    } else if (at + Integer.BYTES <= buffer.limit()) {
      buffer.putInt(at, (int) value);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
