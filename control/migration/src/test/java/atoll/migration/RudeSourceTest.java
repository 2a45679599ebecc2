package atoll.migration;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.host.Clock;
import atoll.host.Effects;
import atoll.line.SocketLine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever a source says, or leaves unsaid, a receiver takes the next one. */
@Timeout(300)
class RudeSourceTest {
  private static final List<Region> REGIONS = List.of(new Region("memory", 3 << 20));

  private ServerSocketChannel listening;
  private Receiver receiver;

  /** Of the next migration. */
  private int number = 100;

  /** What the next one that comes gets. */
  private volatile TestSystem room = TestSystem.room(true);

  @BeforeEach
  void listen() throws IOException {
    listening =
        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    receiver =
        new Receiver(
            listening,
            (channel, deadline) -> {
              SocketLine line = new SocketLine(channel);
              line.deadline(deadline, Clock.host());
              return new Receiver.Secured(line, "rude");
            },
            (peer, system, description, regions) -> room,
            Effects.host().tasks(),
            Clock.host(),
            text -> {});
    Effects.host().tasks().start("receiver", receiver::run);
  }

  @AfterEach
  void close() {
    receiver.close();
  }

  private SocketLine connect() throws IOException {
    InetSocketAddress place = (InetSocketAddress) listening.getLocalAddress();
    return SocketLine.connect(place.getHostString(), place.getPort(), Duration.ofSeconds(5));
  }

  private static String id(int number) {
    return "%032x".formatted(number);
  }

  private static Message.Offer offer(int number) {
    return new Message.Offer(id(number), "rude", new byte[] {1}, REGIONS);
  }

  /** A frame, whatever it has. */
  private static void frame(SocketLine line, int kind, int length, byte[] body) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(5).put((byte) kind).putInt(length).flip();
    line.write(head, ByteBuffer.wrap(body));
  }

  /** It refuses, or goes away: it does not run. */
  private static Message answer(Frames frames) {
    try {
      return frames.message();
    } catch (IOException | MigrationException e) {
      return new Message.Cancel("it has gone: " + e.getMessage());
    }
  }

  /** One that has been accepted, once the one before has gone: it is served until then. */
  private Frames accepted() throws IOException {
    while (true) {
      Frames frames = new Frames(connect());
      frames.say(offer(number++));
      if (answer(frames) instanceof Message.Accepted) {
        return frames;
      }
      frames.close();
    }
  }

  /** As a well-behaved source moves. */
  private void requireThatAnotherCanCome() throws IOException, MigrationException {
    room = TestSystem.room(true);
    try (Frames frames = accepted()) {
      frames.say(new Message.Finish(new byte[] {'x'}));
      assertThat(frames.message()).isEqualTo(new Message.Prepared());
      frames.say(new Message.Cancel("it was a test"));
      assertThat(frames.message()).isInstanceOf(Message.Failed.class);
    }
  }

  @Test
  void framesThatCannotBeAreTheEndOfTheirConnectionOnly() throws Exception {
    for (int[] wrong :
        new int[][] {{9, 4}, {1, -1}, {1, Integer.MAX_VALUE}, {2, 4}, {0, 0}, {1, 0}}) {
      try (SocketLine line = connect()) {
        frame(line, wrong[0], wrong[1], new byte[4]);
        assertThat(answer(new Frames(line))).isInstanceOf(Message.Cancel.class);
      }
      requireThatAnotherCanCome();
    }
  }

  @Test
  void aWordOutOfItsOrderEndsTheMigration() throws Exception {
    for (Message wrong :
        new Message[] {
          new Message.Commit(),
          new Message.Over(),
          new Message.Accepted(),
          new Message.Running(),
          new Message.Ask(id(1)),
          offer(2)
        }) {
      room = TestSystem.room(true);
      try (Frames frames = accepted()) {
        frames.say(wrong);
        assertThat(frames.message()).isInstanceOf(Message.Failed.class);
      }
      assertThat(room.runs()).isFalse();
      requireThatAnotherCanCome();
    }
  }

  @Test
  void damagedConversationsNeverRunAndHoldUpNobody() throws Exception {
    Random random = new Random(14);
    List<TestSystem> given = new ArrayList<>();
    for (int round = 0; round < 100; round++) {
      room = TestSystem.room(true);
      given.add(room);
      byte[] whole = conversation(number++);
      for (int i = 1 + random.nextInt(4); i > 0; i--) {
        whole[random.nextInt(whole.length)] = (byte) random.nextInt();
      }
      tell(whole, random.nextInt(3) == 0 ? random.nextInt(whole.length) : whole.length);
      requireThatAnotherCanCome();
    }
    assertThat(given).noneMatch(TestSystem::runs);
    assertThat(given).filteredOn(TestSystem::discarded).hasSizeGreaterThan(20);
  }

  /** Says it, ends, and waits until the other end has nothing to say any more. */
  private void tell(byte[] whole, int length) throws IOException {
    InetSocketAddress place = (InetSocketAddress) listening.getLocalAddress();
    try (Socket socket = new Socket(place.getAddress(), place.getPort())) {
      socket.getOutputStream().write(whole, 0, length);
      socket.shutdownOutput();
      byte[] ignored = socket.getInputStream().readAllBytes();
    } catch (SocketException e) {
      // It was sent away before it had said everything.
    }
  }

  /** All that a source says but the word by which it gives the system up. */
  private static byte[] conversation(int number) throws IOException {
    PageBatch batch = new PageBatch(0);
    for (int page = 0; page < 40; page++) {
      batch.place().put(new byte[4095]).put((byte) (1 + page));
      batch.add(page, false);
    }
    CollectedLine line = new CollectedLine();
    try (Frames frames = new Frames(line)) {
      frames.say(offer(number));
      frames.pages(batch.take());
      frames.say(new Message.EndOfRound(1));
      frames.say(new Message.Finish(new byte[] {'x'}));
    }
    return line.bytes();
  }

  @Test
  void whatBecameOfAMigrationIsToldToThoseWhoAskAndIsDecidedByThat() throws Exception {
    try (Frames frames = new Frames(connect());
        Frames asking = new Frames(connect());
        Frames unknown = new Frames(connect())) {
      frames.say(offer(7));
      assertThat(frames.message()).isEqualTo(new Message.Accepted());
      frames.say(new Message.Finish(new byte[] {'x'}));
      assertThat(frames.message()).isEqualTo(new Message.Prepared());
      asking.say(new Message.Ask(id(7)));
      assertThat(asking.message()).isEqualTo(new Message.Answer(Fate.NOT_HERE));
      frames.say(new Message.Commit());
      assertThat(answer(frames)).isNotEqualTo(new Message.Running());
      assertThat(room.runs()).isFalse();
      unknown.say(new Message.Ask(id(8)));
      assertThat(unknown.message()).isEqualTo(new Message.Answer(Fate.UNKNOWN));
    }
  }

  @Test
  void aSystemThatHasComeIsKnownUntilItsSourceHasHeardOfIt() throws Exception {
    try (Frames frames = new Frames(connect())) {
      frames.say(offer(7));
      assertThat(frames.message()).isEqualTo(new Message.Accepted());
      frames.say(new Message.Finish(new byte[] {'x'}));
      assertThat(frames.message()).isEqualTo(new Message.Prepared());
      frames.say(new Message.Commit());
      assertThat(frames.message()).isEqualTo(new Message.Running());
    }
    assertThat(room.runs()).isTrue();
    try (Frames another = new Frames(connect())) {
      another.say(offer(8));
      assertThat(another.message()).isInstanceOf(Message.Failed.class);
    }
    try (Frames asking = new Frames(connect())) {
      asking.say(new Message.Ask(id(7)));
      assertThat(asking.message()).isEqualTo(new Message.Answer(Fate.RUNS_HERE));
      asking.say(new Message.Over());
      assertThat(answer(asking)).isInstanceOf(Message.Cancel.class); // it has closed
    }
    assertThat(listening.isOpen()).isFalse();
    assertThat(room.runs()).isTrue();
  }
}
