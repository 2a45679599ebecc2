package atoll.net;

import static atoll.device.spi.VsockPacket.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.VsockBackend;
import atoll.device.spi.VsockGuest;
import atoll.device.spi.VsockPacket;
import atoll.host.HostException;
import atoll.host.PlatformClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The hub with guests that a test speaks for, and the host's real Unix sockets. */
class VsockHubTest {
  private static final byte[] NOTHING = {};
  private static final int BOTH = NO_RECEIVE | NO_SEND;

  @TempDir Path folder;

  private final TestNet.Pace pace = new TestNet.Pace();
  private final List<String> notices = new ArrayList<>();
  private final VsockHub hub =
      new VsockHub(new PlatformClock(pace), new TestNet.NoTasks(), notices::add);
  private final List<AutoCloseable> opened = new ArrayList<>();

  VsockHubTest() {
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
  private record Heard(
      long source, int sourcePort, int targetPort, int operation, int flags, byte[] data) {}

  /** A guest's device, and the kernel behind it. */
  private final class Guest implements VsockGuest {
    private final VsockBackend backend;
    private final Deque<byte[]> sending = new ArrayDeque<>();
    private final Deque<Heard> heard = new ArrayDeque<>();
    private boolean room = true;
    private boolean present = true;
    private int buffer = 256 << 10;
    private int mostAtOnce = MOST;
    private int forwarded;
    private int peerForwarded;
    private int peerBuffer;
    private long charged;

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

  private void turn() {
    hub.turn(0);
    hub.turn(0);
  }

  private void until(BooleanSupplier so) {
    TestNet.until(so, hub::turn);
  }

  private Path socket() {
    return folder.resolve("v.sock");
  }

  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()));
    channel.configureBlocking(false);
    opened.add(channel);
    return channel;
  }

  private ServerSocketChannel listen(int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(socket() + "_" + port), 2_000);
    opened.add(server);
    return server;
  }

  private SocketChannel accept(ServerSocketChannel server) throws IOException {
    SocketChannel channel = server.accept();
    channel.configureBlocking(false);
    opened.add(channel);
    return channel;
  }

  private static void write(SocketChannel channel, byte[] bytes) throws IOException {
    assertThat(channel.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
  }

  /** So many bytes, or those before the end. */
  private byte[] read(SocketChannel channel, int most) {
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

  private static byte[] text(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** A stream that the guest has begun to a program of the host. */
  private SocketChannel begun(Guest guest, int port) throws IOException {
    ServerSocketChannel server = listen(port);
    guest.say(HOST, port, 7, REQUEST, 0, NOTHING);
    SocketChannel program = accept(server);
    assertThat(guest.hear().operation).isEqualTo(RESPONSE);
    return program;
  }

  @Test
  void aProgramOfTheHostConnectsByTheLineThatFirecrackerHas() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = connect();
    write(program, text("connect 52\nearly"));
    Heard request = guest.hear();
    assertThat(request.operation).isEqualTo(REQUEST);
    assertThat(request.source).isEqualTo(HOST);
    assertThat(request.targetPort).isEqualTo(52);
    assertThat(guest.silent()).isTrue(); // Nothing goes before the guest agrees.
    guest.say(HOST, request.sourcePort, 52, RESPONSE, 0, NOTHING);
    String greeting = "OK %d\n".formatted(request.sourcePort);
    assertThat(read(program, greeting.length())).isEqualTo(text(greeting));
    assertThat(guest.read(5)).isEqualTo(text("early"));
    guest.say(HOST, request.sourcePort, 52, RW, 0, text("hello"));
    assertThat(read(program, 5)).isEqualTo(text("hello"));
    assertThat(guest.charged).isPositive();
  }

  @Test
  void whoSaysSomethingElseOrNothingIsHungUpOn() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    for (String line :
        new String[] {"GET / HTTP/1.1\n", "CONNECT\n", "CONNECT 4294967295\n", "CONNECT -1\n"}) {
      SocketChannel program = connect();
      write(program, text(line));
      assertThat(read(program, 1)).as(line).isEmpty();
    }
    SocketChannel endless = connect();
    write(endless, text("x".repeat(40)));
    assertThat(read(endless, 1)).isEmpty();
    SocketChannel mute = connect();
    turn();
    pace.pass(61_000);
    assertThat(read(mute, 1)).isEmpty();
    guest.present = false;
    assertThat(read(connect(), 1)).isEmpty();
    assertThat(guest.silent()).isTrue();
    assertThat(hub.room((VsockPort) guest.backend)).isTrue();
  }

  @Test
  void aGuestThatRefusesOrDoesNotAnswerEndsTheProgramsConnection() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel refused = connect();
    write(refused, text("CONNECT 1\n"));
    guest.say(HOST, guest.hear().sourcePort, 1, RST, 0, NOTHING);
    assertThat(read(refused, 1)).isEmpty();
    SocketChannel forgotten = connect();
    write(forgotten, text("CONNECT 2\n"));
    assertThat(guest.hear().operation).isEqualTo(REQUEST);
    pace.pass(11_000);
    assertThat(read(forgotten, 1)).isEmpty();
    assertThat(guest.hear().operation).isEqualTo(RST);
    assertThat(hub.streams()).isZero();
  }

  @Test
  void theGuestConnectsToWhoListensAtItsSocket() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    guest.say(HOST, 99, 7, RW, 0, text("question"));
    assertThat(read(program, 8)).isEqualTo(text("question"));
    write(program, text("answer"));
    assertThat(guest.read(6)).isEqualTo(text("answer"));
    guest.say(HOST, 98, 8, REQUEST, 0, NOTHING);
    Heard refusal = guest.hear();
    assertThat(refusal.operation).isEqualTo(RST);
    assertThat(refusal.targetPort).isEqualTo(8);
  }

  @Test
  void eachSideEndsByItselfAndACleanEndIsAcknowledged() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    write(program, text("last"));
    program.shutdownOutput();
    assertThat(guest.read(4)).isEqualTo(text("last"));
    Heard end = guest.hear();
    assertThat(end.operation).isEqualTo(SHUTDOWN);
    assertThat(end.flags).isEqualTo(NO_SEND);
    guest.say(HOST, 99, 7, RW, 0, text("still here"));
    assertThat(read(program, 10)).isEqualTo(text("still here"));
    guest.say(HOST, 99, 7, SHUTDOWN, BOTH, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RST);
    assertThat(read(program, 1)).isEmpty();
    assertThat(hub.streams()).isZero();
  }

  @Test
  void whatAGuestHasSaidBeforeItsEndArrivesHoweverSlowTheProgramIs() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    byte[] data = pattern(2 << 20);
    int sent = 0;
    while (guest.silent() || sent < data.length) { // As much as it may.
      int free = guest.peerBuffer - (sent - guest.peerForwarded);
      int part = Math.min(Math.min(free, 10_000), data.length - sent);
      if (part == 0) {
        break;
      }
      guest.heard.clear();
      guest.say(HOST, 99, 7, RW, 0, Arrays.copyOfRange(data, sent, sent + part));
      sent += part;
    }
    assertThat(sent).isLessThan(data.length);
    guest.heard.clear();
    guest.say(HOST, 99, 7, SHUTDOWN, BOTH, NOTHING);
    assertThat(guest.silent()).isTrue(); // Not yet: the program has not taken all.
    guest.say(HOST, 99, 7, RST, 0, NOTHING); // Its patience is at an end.
    assertThat(read(program, data.length)).isEqualTo(Arrays.copyOf(data, sent));
    assertThat(hub.streams()).isZero();
    assertThat(hub.room((VsockPort) guest.backend)).isTrue();
  }

  @Test
  void aGuestThatSendsMoreThanItMayIsReset() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    for (int n = 0; n < 100 && guest.heard.stream().noneMatch(h -> h.operation == RST); n++) {
      guest.say(HOST, 99, 7, RW, 0, pattern(60_000));
    }
    assertThat(guest.heard).anyMatch(h -> h.operation == RST);
    assertThat(hub.streams()).isZero();
    assertThat(program.isOpen()).isTrue();
  }

  @Test
  void aGuestGetsNoMoreThanItHasSaidThatItTakes() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    guest.buffer = 1_000;
    guest.mostAtOnce = 300;
    SocketChannel program = begun(guest, 99);
    byte[] data = pattern(5_000);
    write(program, data);
    assertThat(guest.read(1_000)).isEqualTo(Arrays.copyOf(data, 1_000));
    assertThat(guest.hear().operation).isEqualTo(CREDIT_REQUEST);
    assertThat(guest.silent()).isTrue();
    guest.forwarded = 900;
    guest.say(HOST, 99, 7, CREDIT_UPDATE, 0, NOTHING);
    assertThat(guest.read(900)).isEqualTo(Arrays.copyOfRange(data, 1_000, 1_900));
    guest.forwarded = 1_900;
    guest.buffer = 1 << 20;
    guest.say(HOST, 99, 7, CREDIT_REQUEST, 0, NOTHING);
    ByteArrayOutputStream rest = new ByteArrayOutputStream();
    boolean credited = false;
    while (rest.size() < 3_100 || !credited) {
      Heard next = guest.hear();
      credited |= next.operation == CREDIT_UPDATE || next.operation == RW;
      rest.writeBytes(next.data);
    }
    assertThat(rest.toByteArray()).isEqualTo(Arrays.copyOfRange(data, 1_900, 5_000));
  }

  @Test
  void aGuestWithoutRoomHoldsItsOwnStreamsUpAndNobodyElses() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()), 4L);
    Guest other = new Guest(4, Optional.empty());
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    other.say(3, 7, 80, RESPONSE, 0, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RESPONSE);
    other.heard.clear();
    other.room = false;
    byte[] data = pattern(100_000);
    int sent = 0;
    for (int part = 1; part > 0; sent += part) {
      part = Math.min(10_000, guest.peerBuffer - (sent - guest.peerForwarded));
      if (part > 0) {
        guest.say(4, 80, 7, RW, 0, Arrays.copyOfRange(data, sent, sent + part));
      }
    }
    assertThat(sent).isEqualTo(guest.peerBuffer);
    SocketChannel program = begun(guest, 99); // It still has another stream.
    write(program, text("on"));
    assertThat(guest.read(2)).isEqualTo(text("on"));
    other.room = true;
    other.backend.room();
    assertThat(other.read(sent)).isEqualTo(Arrays.copyOf(data, sent));
    assertThat(guest.hear().operation).isEqualTo(CREDIT_UPDATE);
  }

  @Test
  void guestsConnectOnlyToThoseThatTheyMay() {
    Guest guest = new Guest(3, Optional.empty(), 4L);
    Guest other = new Guest(4, Optional.empty());
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    Heard request = other.hear();
    assertThat(request.source).isEqualTo(3);
    assertThat(request.sourcePort).isEqualTo(7);
    assertThat(request.targetPort).isEqualTo(80);
    other.say(3, 7, 80, RESPONSE, 0, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RESPONSE);
    guest.say(4, 80, 7, RW, 0, text("to"));
    assertThat(other.read(2)).isEqualTo(text("to"));
    other.say(3, 7, 80, RW, 0, text("fro"));
    assertThat(guest.read(3)).isEqualTo(text("fro"));
    guest.say(4, 80, 7, SHUTDOWN, NO_SEND, NOTHING);
    assertThat(other.hear().flags).isEqualTo(NO_SEND);
    other.say(3, 7, 80, RW, 0, text("more"));
    assertThat(guest.read(4)).isEqualTo(text("more"));
    guest.say(4, 80, 7, SHUTDOWN, BOTH, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RST);
    assertThat(other.hear().flags).isEqualTo(BOTH);
    other.say(3, 7, 80, RST, 0, NOTHING);
    assertThat(hub.streams()).isZero();

    other.say(3, 80, 7, REQUEST, 0, NOTHING);
    assertThat(other.hear().operation).isEqualTo(RST);
    guest.say(5, 80, 7, REQUEST, 0, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RST);
    guest.say(HOST, 80, 7, REQUEST, 0, NOTHING); // There is no socket of the host.
    assertThat(guest.hear().operation).isEqualTo(RST);
    other.present = false;
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RST);
  }

  @Test
  void aGuestThatBeginsAnewLeavesResetsBehind() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()), 4L);
    Guest other = new Guest(4, Optional.empty());
    SocketChannel program = begun(guest, 99);
    guest.say(4, 80, 8, REQUEST, 0, NOTHING);
    assertThat(other.hear().operation).isEqualTo(REQUEST);
    guest.heard.clear();
    guest.backend.restarted();
    assertThat(other.hear().operation).isEqualTo(RST);
    assertThat(read(program, 1)).isEmpty();
    assertThat(guest.silent()).isTrue(); // It knows of nothing.
    assertThat(hub.streams()).isZero();
    guest.backend.detach(guest);
    guest.say(HOST, 99, 7, REQUEST, 0, NOTHING);
    assertThat(guest.silent()).isTrue();
  }

  @Test
  void whatBreaksARuleEndsItsStreamOnly() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    guest.sending.add(guest.packet(9, HOST, 99, 7, RW, 0, text("forged")));
    guest.backend.ready();
    assertThat(guest.silent()).isTrue(); // Nobody speaks for another.
    guest.say(HOST, 55, 5, RW, 0, text("to nobody"));
    assertThat(guest.hear().operation).isEqualTo(RST);
    guest.say(HOST, 55, 5, RST, 0, NOTHING);
    assertThat(guest.silent()).isTrue(); // A reset is never answered by one.
    guest.say(HOST, 99, 7, REQUEST, 0, NOTHING); // It is there already.
    assertThat(guest.hear().operation).isEqualTo(RST);
    assertThat(read(program, 1)).isEmpty();
    guest.say(HOST, 99, 8, INVALID, 0, NOTHING);
    assertThat(guest.hear().operation).isEqualTo(RST);
  }

  @Test
  void streamsAreBoundedAndAreThereAgainWhenOthersEnd() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    ServerSocketChannel server = listen(99);
    server.configureBlocking(false);
    for (int port = 0; port < 3_000; port++) {
      guest.say(HOST, 99, port, REQUEST, 0, NOTHING);
      SocketChannel program = server.accept();
      if (program != null) {
        opened.add(program);
      }
    }
    assertThat(hub.streams()).isBetween(1_000, VsockHub.MOST);
    assertThat(guest.heard.stream().filter(h -> h.operation == RESPONSE)).hasSize(hub.streams());
    assertThat(guest.heard).hasSize(3_000);
    for (int port = 0; port < 3_000; port++) {
      guest.say(HOST, 99, port, SHUTDOWN, BOTH, NOTHING);
    }
    assertThat(hub.streams()).isZero();
  }

  @Test
  void aGuestThatTakesAllStreamsItMayLeavesTheOthersTheirPart() throws IOException {
    Guest greedy = new Guest(3, Optional.of(socket()), 4L);
    Guest modest = new Guest(4, Optional.of(folder.resolve("w.sock")), 3L);
    ServerSocketChannel server = listen(99);
    server.configureBlocking(false);
    for (int port = 0; port < 1_500; port++) {
      greedy.say(port % 2 == 0 ? HOST : 4, 99, port, REQUEST, 0, NOTHING);
      SocketChannel program = server.accept();
      if (program != null) {
        opened.add(program);
      }
    }
    // Those to the other guest count twice, and for the one that has asked.
    assertThat(hub.streams()).isBetween(700, VsockHub.MOST * 3 / 4);
    greedy.heard.clear();
    modest.heard.clear();
    for (int port = 5_000; port < 5_100; port++) {
      modest.say(3, 80, port, REQUEST, 0, NOTHING);
      assertThat(modest.silent()).isTrue();
      assertThat(greedy.hear().operation).isEqualTo(REQUEST);
    }
    greedy.say(4, 80, 9_000, REQUEST, 0, NOTHING);
    assertThat(greedy.hear().operation).isEqualTo(RST);
  }

  @Test
  void aGuestThatMakesNoRoomForAnswersIsNotListenedTo() {
    Guest guest = new Guest(3, Optional.empty());
    guest.room = false;
    for (int port = 0; port < 1_000; port++) {
      guest.sending.add(guest.packet(3, HOST, 1, port, REQUEST, 0, NOTHING));
    }
    guest.backend.ready();
    for (int n = 0; n < 20; n++) {
      turn();
    }
    assertThat(guest.sending.size()).isGreaterThan(800);
    guest.room = true;
    guest.backend.room();
    until(() -> guest.heard.size() == 1_000);
    assertThat(guest.heard).allMatch(h -> h.operation == RST);
  }

  @Test
  void packetsOfAnyBytesDoNoHarm() throws IOException {
    Random random = new Random(4);
    Guest guest = new Guest(3, Optional.of(socket()), 4L);
    Guest other = new Guest(4, Optional.empty(), 3L);
    ServerSocketChannel server = listen(1);
    server.configureBlocking(false);
    for (int n = 0; n < 60_000; n++) {
      Guest from = random.nextBoolean() ? guest : other;
      long to = random.nextInt(3) == 0 ? HOST : from == guest ? 4 : 3;
      from.buffer = random.nextInt(8) == 0 ? random.nextInt() : 100_000;
      from.forwarded = random.nextInt(8) == 0 ? random.nextInt() : from.forwarded;
      from.mostAtOnce = 1 + random.nextInt(5_000);
      from.room = random.nextInt(20) != 0;
      byte[] data = pattern(random.nextInt(3) == 0 ? random.nextInt(3_000) : 0);
      byte[] packet =
          from.packet(
              from.backend.cid(),
              to,
              1 + random.nextInt(2),
              1 + random.nextInt(2),
              random.nextInt(9),
              random.nextInt(4),
              data);
      if (random.nextInt(20) == 0) {
        packet[random.nextInt(24)] ^= (byte) (1 << random.nextInt(8));
      }
      from.sending.add(packet);
      from.backend.ready();
      from.backend.room();
      if (random.nextInt(500) == 0) {
        from.backend.restarted();
      }
      pace.pass(random.nextInt(20));
      hub.turn(0);
      guest.heard.clear();
      other.heard.clear();
      try (SocketChannel program = server.accept()) {
        if (program != null && random.nextBoolean()) {
          write(program, data);
        }
      }
    }
    guest.room = true;
    guest.buffer = 100_000;
    guest.forwarded = 0;
    guest.mostAtOnce = MOST;
    guest.backend.restarted();
    turn();
    guest.heard.clear();
    SocketChannel program = begun(guest, 2);
    guest.say(HOST, 2, 7, RW, 0, text("alive"));
    assertThat(read(program, 5)).isEqualTo(text("alive"));
  }

  @Test
  void aSocketThatIsLeftOverIsReplacedAndOneInUseIsSaid() throws IOException {
    ServerSocketChannel old = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    old.bind(UnixDomainSocketAddress.of(socket()));
    assertThatThrownBy(() -> new Guest(3, Optional.of(socket())))
        .isInstanceOf(HostException.class)
        .hasMessageContaining("v.sock cannot be made: a program listens there already");
    old.close();
    assertThat(socket()).exists();
    Guest guest = new Guest(3, Optional.of(socket()));
    write(connect(), text("CONNECT 5\n"));
    assertThat(guest.hear().targetPort).isEqualTo(5);
    hub.close();
    assertThat(Files.exists(socket())).isFalse();
  }
}
