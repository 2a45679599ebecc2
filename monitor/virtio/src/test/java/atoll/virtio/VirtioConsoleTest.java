package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class VirtioConsoleTest {
  private static final int MULTIPORT = 1 << 1;

  private final Terminal terminal = new Terminal();
  private final Terminal channel = new Terminal();
  private VirtioDriver driver;

  private static final class Terminal implements ConsoleBackend {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private Receiver receiver;
    private byte[] waiting = {};

    @Override
    public void output(byte[] bytes, int offset, int length) {
      out.write(bytes, offset, length);
    }

    @Override
    public void attach(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void ready() {
      int taken = receiver.input(waiting, 0, waiting.length);
      waiting = Arrays.copyOfRange(waiting, taken, waiting.length);
    }

    void type(String text) {
      waiting = text.getBytes(StandardCharsets.UTF_8);
      ready();
    }

    String printed() {
      return out.toString(StandardCharsets.UTF_8);
    }
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private void simple() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
  }

  private String text(Buffer buffer, int length) {
    return new String(driver.memory.read(buffer.gpa(), length), StandardCharsets.UTF_8);
  }

  @Test
  void whatTheGuestSendsIsPrinted() {
    simple();
    driver.start();
    VirtioDriver.Ring transmit = driver.ring(1, 8, false);
    transmit.add(driver.readable(bytes("hello, ")), driver.readable(bytes("world")));
    transmit.kick();
    assertThat(terminal.printed()).isEqualTo("hello, world");
    assertThat(transmit.take().length()).isZero();
    byte[] much = new byte[20_000];
    Arrays.fill(much, (byte) 'x');
    transmit.add(driver.readable(much));
    transmit.kick();
    assertThat(terminal.printed()).hasSize(20_012);
  }

  @Test
  void inputFillsBuffersAndWaitsWhereThereAreNone() {
    simple();
    VirtioDriver.Ring receive = driver.start();
    Buffer small = driver.writable(4);
    receive.add(small);
    terminal.type("abcdefgh");
    assertThat(receive.take()).isEqualTo(new Used(0, 4));
    assertThat(text(small, 4)).isEqualTo("abcd");
    assertThat(terminal.waiting).hasSize(4);
    Buffer more = driver.writable(64);
    receive.add(more);
    receive.kick();
    assertThat(receive.take()).isEqualTo(new Used(1, 4));
    assertThat(text(more, 4)).isEqualTo("efgh");
    assertThat(driver.interrupted()).isTrue();
  }

  @Test
  void inputThatCameBeforeTheDriverIsKeptForIt() {
    simple();
    terminal.type("early");
    driver.negotiate(driver.offered() & ~(INDIRECT | EVENT_INDEX));
    VirtioDriver.Ring receive = driver.ring(0, 8, false);
    receive.add(driver.writable(64));
    driver.ok();
    assertThat(receive.take().length()).isEqualTo(5);
  }

  @Test
  void aNewSizeIsAConfigurationChange() {
    simple();
    driver.start();
    assertThat(driver.get(CONFIG)).isZero();
    int before = driver.get(CONFIG_GENERATION);
    terminal.receiver.resized(132, 43);
    driver.steps.run();
    assertThat(driver.get(CONFIG, 2)).isEqualTo(132);
    assertThat(driver.get(CONFIG + 2, 2)).isEqualTo(43);
    assertThat(driver.get(CONFIG_GENERATION)).isNotEqualTo(before);
    assertThat(driver.acknowledge()).isEqualTo(2);
    terminal.receiver.resized(132, 43);
    driver.steps.run();
    assertThat(driver.acknowledge()).isZero();
  }

  @Test
  void anEmergencyWriteNeedsNoQueue() {
    simple();
    driver.set(CONFIG + 8, '!');
    assertThat(terminal.printed()).isEqualTo("!");
  }

  @Test
  void oneConsoleDoesWithoutMultiport() {
    simple();
    assertThat(driver.offered() & MULTIPORT).isZero();
    driver.set(QUEUE_SEL, 2);
    assertThat(driver.get(QUEUE_NUM_MAX)).isZero();
  }

  // Several ports.

  private VirtioDriver.Ring controlIn;
  private VirtioDriver.Ring controlOut;
  private VirtioDriver.Ring receive1;
  private VirtioDriver.Ring transmit1;
  private final List<Buffer> controlBuffers = new ArrayList<>();

  private void several() {
    driver =
        new VirtioDriver(
            new VirtioConsole(
                List.of(
                    new VirtioConsole.Port("", true, terminal),
                    new VirtioConsole.Port("atoll.channel", false, channel))));
    driver.negotiate(driver.offered() & ~(INDIRECT | EVENT_INDEX));
    driver.ring(0, 8, false);
    driver.ring(1, 8, false);
    controlIn = driver.ring(2, 8, false);
    controlOut = driver.ring(3, 8, false);
    receive1 = driver.ring(4, 8, false);
    transmit1 = driver.ring(5, 8, false);
    driver.ok();
    for (int i = 0; i < 8; i++) {
      controlBuffers.add(driver.writable(64));
      controlIn.add(controlBuffers.get(i));
    }
  }

  private void say(int port, int event, int value) {
    controlOut.add(
        driver.readable(
            littleEndian(8, b -> b.putInt(port).putShort((short) event).putShort((short) value))));
    controlOut.kick();
    controlOut.take();
  }

  /** Takes all control messages: port, event, value and what follows. */
  private List<String> told() {
    List<String> messages = new ArrayList<>();
    while (controlIn.hasUsed()) {
      Used used = controlIn.take();
      Buffer buffer = controlBuffers.get(used.head());
      ByteBuffer m =
          ByteBuffer.wrap(driver.contents(buffer), 0, used.length()).order(ByteOrder.LITTLE_ENDIAN);
      String start = m.getInt() + ":" + m.getShort() + "=" + m.getShort();
      messages.add(
          start
              + new String(
                  driver.contents(buffer), 8, used.length() - 8, StandardCharsets.ISO_8859_1));
      controlIn.offer(used.head());
    }
    return messages;
  }

  @Test
  void portsIntroduceThemselvesStepByStep() {
    several();
    assertThat(driver.get(CONFIG + 4)).isEqualTo(2);
    assertThat(told()).isEmpty();
    say(0, 0, 1);
    assertThat(told()).containsExactly("0:1=1", "1:1=1");
    terminal.receiver.resized(80, 25);
    driver.steps.run();
    say(0, 3, 1);
    assertThat(told()).containsExactly("0:4=1", "0:5=1P\0\31\0", "0:6=1");
    say(1, 3, 1);
    assertThat(told()).containsExactly("1:6=1", "1:7=1atoll.channel");
    say(0, 6, 1);
    terminal.receiver.resized(100, 30);
    driver.steps.run();
    assertThat(told()).containsExactly("0:5=1d\0\36\0");
  }

  @Test
  void aPortTakesInputOnlyWhileTheGuestHasItOpen() {
    several();
    receive1.add(driver.writable(64));
    receive1.kick();
    channel.type("data");
    assertThat(receive1.hasUsed()).isFalse();
    say(1, 6, 1);
    assertThat(receive1.take().length()).isEqualTo(4);
    receive1.add(driver.writable(64));
    say(1, 6, 0);
    channel.type("more");
    assertThat(receive1.hasUsed()).isFalse();
    transmit1.add(driver.readable(bytes("out")));
    transmit1.kick();
    assertThat(channel.printed()).isEqualTo("out");
    assertThat(terminal.printed()).isEmpty();
  }

  @Test
  void messagesWaitForBuffersAndDoNotPileUp() {
    several();
    for (int i = 0; i < 100; i++) {
      say(0, 0, 1); // The first eight messages use all buffers; the rest wait.
    }
    assertThat(told()).hasSize(8);
    controlIn.kick();
    assertThat(told()).hasSize(2);
    assertThat(told()).isEmpty();
  }

  @Test
  void messagesAboutNoPortOrOfNoLengthChangeNothing() {
    several();
    say(7, 3, 1);
    say(-1, 6, 1);
    say(0, 0, 0);
    say(0, 99, 1);
    controlOut.add(driver.readable((byte) 1));
    controlOut.kick();
    assertThat(told()).isEmpty();
    assertThat(driver.get(STATUS) & NEEDS_RESET).isZero();
  }

  @Test
  void aControlBufferTooSmallBreaksTheDevice() {
    several();
    driver.set(STATUS, 0);
    driver.negotiate(driver.offered() & ~(INDIRECT | EVENT_INDEX));
    controlIn = driver.ring(2, 8, false);
    controlOut = driver.ring(3, 8, false);
    driver.ok();
    controlIn.add(driver.writable(7));
    controlIn.add(driver.writable(7)); // With another message to send, and another buffer for it.
    say(0, 0, 1);
    assertThat(driver.get(STATUS) & NEEDS_RESET).isNotZero();
  }

  @Test
  void aDriverWithoutMultiportHasTheFirstPort() {
    several();
    driver.negotiate(VERSION_1);
    VirtioDriver.Ring receive = driver.ring(0, 8, false);
    VirtioDriver.Ring other = driver.ring(4, 8, false);
    driver.ok();
    receive.add(driver.writable(64));
    other.add(driver.writable(64));
    terminal.type("first");
    channel.type("second");
    assertThat(receive.take().length()).isEqualTo(5);
    other.kick();
    assertThat(other.hasUsed()).isFalse();
  }

  @Test
  void restoredStateIsTheSameMachine() {
    several();
    say(0, 0, 1);
    say(1, 6, 1);
    terminal.receiver.resized(90, 20);
    VirtioMmio.State state = driver.mmio.state();
    Terminal a = new Terminal();
    Terminal b = new Terminal();
    VirtioMmio copy =
        new VirtioMmio(
            "copy",
            new VirtioConsole(
                List.of(
                    new VirtioConsole.Port("", true, a),
                    new VirtioConsole.Port("atoll.channel", false, b))),
            driver.memory,
            high -> {},
            driver.steps);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    driver.steps.run();
    receive1.add(driver.writable(64));
    b.type("to the copy");
    assertThat(receive1.take().length()).isEqualTo(11);
  }

  @Test
  void aConsoleHasAtLeastOnePort() {
    simple();
    assertThatThrownBy(() -> new VirtioConsole(List.of())).hasMessageContaining("1 to 31");
  }
}
