package atoll.net;

import static atoll.device.spi.VsockPacket.*;
import static org.assertj.core.api.Assertions.assertThat;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import atoll.host.PlatformClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

/** A hub of streams, guests that use it, and programs of the host. */
abstract class VsockFixture {
  static final byte[] NOTHING = {};
  static final int BOTH = NO_RECEIVE | NO_SEND;
  @TempDir Path folder;

  final TestNet.Pace pace = new TestNet.Pace();
  final List<String> notices = new ArrayList<>();

  final VsockHub hub = new VsockHub(new PlatformClock(pace), new TestNet.NoTasks(), notices::add);

  final List<AutoCloseable> opened = new ArrayList<>();

  VsockFixture() {
    hub.drivenByCaller();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    hub.close();
    assertThat(notices).isEmpty();
  }

  /** A packet as one side has heard it. */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares whole packets.
  record Heard(
      long source, int sourcePort, int targetPort, int operation, int flags, byte[] data) {}

  /** A guest's device, and the kernel behind it. */
  final class Guest implements VsockGuest {
    final VsockBackend backend;
    final Deque<byte[]> sending = new ArrayDeque<>();
    final Deque<Heard> heard = new ArrayDeque<>();
    boolean room = true;
    boolean present = true;
    int buffer = 256 << 10;
    int mostAtOnce = MOST;
    int forwarded;
    int peerForwarded;
    int peerBuffer;
    long charged;

    Guest(long cid, Optional<Path> socket, Long... reach) {
      backend = hub.add(new VsockSettings("vm" + cid, cid, socket, Set.of(reach)));
      backend.attach(this);
    }

    @Override
    public boolean next(VsockPacket into) {
      byte[] bytes = sending.poll();
      if (bytes != null) {
        into.bytes().put(0, bytes);
      }
      return bytes != null;
    }

    @Override
    public boolean receive(VsockPacket packet) {
      if (!room) {
        return false;
      }
      packet.length(Math.min(packet.length(), mostAtOnce));
      assertThat(packet.target()).isEqualTo(backend.cid());
      assertThat(packet.type()).isEqualTo(STREAM);
      byte[] data = new byte[packet.length()];
      packet.bytes().get(HEADER, data);
      peerForwarded = packet.forwarded();
      peerBuffer = packet.buffer();
      heard.add(
          new Heard(
              packet.source(),
              packet.sourcePort(),
              packet.targetPort(),
              packet.operation(),
              packet.flags(),
              data));
      return true;
    }

    @Override
    public boolean present() {
      return present;
    }

    @Override
    public void charge(long nanos) {
      charged += nanos;
    }

    void say(long to, int toPort, int port, int operation, int flags, byte[] data) {
      sending.add(packet(backend.cid(), to, toPort, port, operation, flags, data));
      backend.ready();
      turn();
    }

    byte[] packet(long from, long to, int toPort, int port, int operation, int flags, byte[] data) {
      VsockPacket packet = new VsockPacket().become(operation, flags).ends(from, port, to, toPort);
      packet.credit(buffer, forwarded).length(data.length);
      packet.bytes().put(HEADER, data);
      byte[] bytes = new byte[HEADER + data.length];
      packet.bytes().get(0, bytes);
      return bytes;
    }

    Heard hear() {
      until(() -> !heard.isEmpty());
      return heard.remove();
    }

    /** Hears so many bytes, and whatever else comes between is only allowed to be about credit. */
    byte[] read(int bytes) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      while (all.size() < bytes) {
        Heard next = hear();
        assertThat(next.operation).isIn(RW, CREDIT_UPDATE, CREDIT_REQUEST);
        all.writeBytes(next.data);
      }
      return all.toByteArray();
    }

    boolean silent() {
      turn();
      return heard.isEmpty();
    }
  }

  void turn() {
    hub.turn(0);
    hub.turn(0);
  }

  void until(BooleanSupplier so) {
    TestNet.until(so, hub::turn);
  }

  Path socket() {
    return folder.resolve("v.sock");
  }

  ServerSocketChannel listen(int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket() + "_" + port), 2_000);
    opened.add(server);
    return server;
  }

  SocketChannel accept(ServerSocketChannel server) throws IOException {
    SocketChannel channel = server.accept();
    channel.configureBlocking(false);
    opened.add(channel);
    return channel;
  }

  static void write(SocketChannel channel, byte[] bytes) throws IOException {
    assertThat(channel.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
  }

  /** So many bytes, or those before the end. */
  byte[] read(SocketChannel channel, int most) {
    ByteBuffer all = ByteBuffer.allocate(most);
    until(() -> {
      try {
        return channel.read(all) < 0 || !all.hasRemaining();
      } catch (IOException e) {
        return true; // Reset, as far as a Unix socket can be.
      }
    });
    return Arrays.copyOf(all.array(), all.position());
  }

  static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** A stream that the guest has begun to a program of the host. */
  SocketChannel begun(Guest guest, int port) throws IOException {
    ServerSocketChannel server = listen(port);
    guest.say(HOST, port, 7, REQUEST, 0, NOTHING);
    SocketChannel program = accept(server);
    assertThat(guest.hear().operation).isEqualTo(RESPONSE);
    return program;
  }
}
