package atoll.net;

import static atoll.device.spi.VsockPacket.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.host.HostException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The hub with guests that a test speaks for, and the host's real Unix sockets. */
class VsockHubTest extends VsockFixture {
  private SocketChannel connect() throws IOException {
    SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket()));
    channel.configureBlocking(false);
    opened.add(channel);
    return channel;
  }

  @Test
  void aProgramOfTheHostConnectsByTheLineThatFirecrackerHas() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = connect();
    write(program, text("connect 52\nearly"));
    Heard request = guest.hear();
    assertThat(request.operation()).isEqualTo(REQUEST);
    assertThat(request.source()).isEqualTo(HOST);
    assertThat(request.targetPort()).isEqualTo(52);
    assertThat(guest.silent()).isTrue(); // Nothing goes before the guest agrees.
    guest.say(HOST, request.sourcePort(), 52, RESPONSE, 0, NOTHING);
    String greeting = "OK %d\n".formatted(request.sourcePort());
    assertThat(read(program, greeting.length())).isEqualTo(text(greeting));
    assertThat(guest.read(5)).isEqualTo(text("early"));
    guest.say(HOST, request.sourcePort(), 52, RW, 0, text("hello"));
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
    guest.say(HOST, guest.hear().sourcePort(), 1, RST, 0, NOTHING);
    assertThat(read(refused, 1)).isEmpty();
    SocketChannel forgotten = connect();
    write(forgotten, text("CONNECT 2\n"));
    assertThat(guest.hear().operation()).isEqualTo(REQUEST);
    pace.pass(11_000);
    assertThat(read(forgotten, 1)).isEmpty();
    assertThat(guest.hear().operation()).isEqualTo(RST);
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
    assertThat(refusal.operation()).isEqualTo(RST);
    assertThat(refusal.targetPort()).isEqualTo(8);
  }

  @Test
  void eachSideEndsByItselfAndACleanEndIsAcknowledged() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    SocketChannel program = begun(guest, 99);
    write(program, text("last"));
    program.shutdownOutput();
    assertThat(guest.read(4)).isEqualTo(text("last"));
    Heard end = guest.hear();
    assertThat(end.operation()).isEqualTo(SHUTDOWN);
    assertThat(end.flags()).isEqualTo(NO_SEND);
    guest.say(HOST, 99, 7, RW, 0, text("still here"));
    assertThat(read(program, 10)).isEqualTo(text("still here"));
    guest.say(HOST, 99, 7, SHUTDOWN, BOTH, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RST);
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
  void aGuestGetsNoMoreThanItHasSaidThatItTakes() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()));
    guest.buffer = 1_000;
    guest.mostAtOnce = 300;
    SocketChannel program = begun(guest, 99);
    byte[] data = pattern(5_000);
    write(program, data);
    assertThat(guest.read(1_000)).isEqualTo(Arrays.copyOf(data, 1_000));
    assertThat(guest.hear().operation()).isEqualTo(CREDIT_REQUEST);
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
      credited |= next.operation() == CREDIT_UPDATE || next.operation() == RW;
      rest.writeBytes(next.data());
    }
    assertThat(rest.toByteArray()).isEqualTo(Arrays.copyOfRange(data, 1_900, 5_000));
  }

  @Test
  void aGuestWithoutRoomHoldsItsOwnStreamsUpAndNobodyElses() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()), 4L);
    Guest other = new Guest(4, Optional.empty());
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    other.say(3, 7, 80, RESPONSE, 0, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RESPONSE);
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
    assertThat(guest.hear().operation()).isEqualTo(CREDIT_UPDATE);
  }

  @Test
  void guestsConnectOnlyToThoseThatTheyMay() {
    Guest guest = new Guest(3, Optional.empty(), 4L);
    Guest other = new Guest(4, Optional.empty());
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    Heard request = other.hear();
    assertThat(request.source()).isEqualTo(3);
    assertThat(request.sourcePort()).isEqualTo(7);
    assertThat(request.targetPort()).isEqualTo(80);
    other.say(3, 7, 80, RESPONSE, 0, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RESPONSE);
    guest.say(4, 80, 7, RW, 0, text("to"));
    assertThat(other.read(2)).isEqualTo(text("to"));
    other.say(3, 7, 80, RW, 0, text("fro"));
    assertThat(guest.read(3)).isEqualTo(text("fro"));
    guest.say(4, 80, 7, SHUTDOWN, NO_SEND, NOTHING);
    assertThat(other.hear().flags()).isEqualTo(NO_SEND);
    other.say(3, 7, 80, RW, 0, text("more"));
    assertThat(guest.read(4)).isEqualTo(text("more"));
    guest.say(4, 80, 7, SHUTDOWN, BOTH, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RST);
    assertThat(other.hear().flags()).isEqualTo(BOTH);
    other.say(3, 7, 80, RST, 0, NOTHING);
    assertThat(hub.streams()).isZero();

    other.say(3, 80, 7, REQUEST, 0, NOTHING);
    assertThat(other.hear().operation()).isEqualTo(RST);
    guest.say(5, 80, 7, REQUEST, 0, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RST);
    guest.say(HOST, 80, 7, REQUEST, 0, NOTHING); // There is no socket of the host.
    assertThat(guest.hear().operation()).isEqualTo(RST);
    other.present = false;
    guest.say(4, 80, 7, REQUEST, 0, NOTHING);
    assertThat(guest.hear().operation()).isEqualTo(RST);
  }

  @Test
  void aGuestThatBeginsAnewLeavesResetsBehind() throws IOException {
    Guest guest = new Guest(3, Optional.of(socket()), 4L);
    Guest other = new Guest(4, Optional.empty());
    SocketChannel program = begun(guest, 99);
    guest.say(4, 80, 8, REQUEST, 0, NOTHING);
    assertThat(other.hear().operation()).isEqualTo(REQUEST);
    guest.heard.clear();
    guest.backend.restarted();
    assertThat(other.hear().operation()).isEqualTo(RST);
    assertThat(read(program, 1)).isEmpty();
    assertThat(guest.silent()).isTrue(); // It knows of nothing.
    assertThat(hub.streams()).isZero();
    guest.backend.detach(guest);
    guest.say(HOST, 99, 7, REQUEST, 0, NOTHING);
    assertThat(guest.silent()).isTrue();
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
    assertThat(guest.hear().targetPort()).isEqualTo(5);
    hub.close();
    assertThat(Files.exists(socket())).isFalse();
  }
}
