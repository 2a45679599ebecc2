package atoll.net;

import static atoll.device.spi.VsockPacket.*;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What guests and programs may not do with streams, and the bounds that they have. */
class VsockLimitsTest extends VsockFixture {
  @Test
  void aGuestThatSendsMoreThanItMayIsReset() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    for (int n = 0; n < 100 && guest.heard.stream().noneMatch(h -> h.operation() == RST); n++) {
      guest.say(HOST, 99, 7, RW, 0, pattern(60_000));
    }
    assertThat(guest.heard).anyMatch(h -> h.operation() == RST);
    assertThat(hub.streams()).isZero();
    assertThat(program.isOpen()).isTrue();
  }

  @Test
  void whatBreaksARuleEndsItsStreamOnly() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    guest.sending.add(guest.packet(9, HOST, 99, 7, RW, 0, text("forged")));
    guest.backend.ready();
    assertThat(guest.silent()).isTrue(); // Nobody speaks for another.
    guest.say(HOST, 55, 5, RW, 0, text("to nobody"));
    assertThat(guest.hear().operation()).isEqualTo(RST);
    guest.say(HOST, 55, 5, RST, 0, NOTHING);
    assertThat(guest.silent()).isTrue(); // A reset is never answered by one.
    guest.say(HOST, 99, 7, REQUEST, 0, NOTHING); // It is there already.
    assertThat(guest.hear().operation()).isEqualTo(RST);
    assertThat(read(program, 1)).isEmpty();
    guest.say(HOST, 99, 8, INVALID, 0, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RST);
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
    assertThat(guest.heard.stream().filter(h -> h.operation() == RESPONSE)).hasSize(hub.streams());
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
      assertThat(greedy.hear().operation()).isEqualTo(REQUEST);
    }
    greedy.say(4, 80, 9_000, REQUEST, 0, NOTHING);
    assertThat(greedy.hear().operation()).isEqualTo(RST);
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
    assertThat(guest.heard).allMatch(h -> h.operation() == RST);
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
}
