package atoll.virtio;

import static atoll.virtio.VirtioDriver.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import atoll.device.ExitBudget;
import atoll.device.spi.ConsoleBackend;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The largest work that each queue's interface allows, and what a step of it does at most. */
class BoundedDriverTest {
  /** What comes last in a step may overrun its budget. */
  private static final long MOST = 2 * ExitBudget.UNITS;

  private static final int HALF = RAM_SIZE / 2;
  private static final int REPORTING = 1 << 5;
  private static final int STATISTICS = 1 << 1;
  private static final int MULTIPORT = 1 << 1;

  private final Terminal terminal = new Terminal();
  private VirtioDriver driver;

  /** Counts and compares what is printed, and has much to type. */
  private static final class Terminal implements ConsoleBackend {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private Receiver receiver;
    private byte[] typing = {};
    private long printed;
    private int typed;

    @Override
    public void output(byte[] bytes, int offset, int length) {
      printed += length;
      if (kept.size() < 4 << 20) {
        kept.write(bytes, offset, length);
      }
    }

    @Override
    public void attach(Receiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void ready() {
      int taken = receiver.input(typing, 0, typing.length);
      typed += taken;
      typing = Arrays.copyOfRange(typing, taken, typing.length);
    }
  }

  @AfterEach
  void close() {
    driver.close();
  }

  private VirtioDriver.Ring indirect(int queue, int size, long features) {
    driver.negotiate(VERSION_1 | INDIRECT | features);
    VirtioDriver.Ring ring = driver.ring(queue, size, false);
    driver.ok();
    return ring;
  }

  private static Buffer[] times(int count, Buffer buffer) {
    return IntStream.range(0, count).mapToObj(i -> buffer).toArray(Buffer[]::new);
  }

  private void expectBounded() {
    assertThat(driver.steps.longest).isLessThan(MOST);
  }

  /** Offers one indirect table again and again. */
  private void fill(VirtioDriver.Ring ring, Buffer[] buffers) {
    int head = ring.addIndirect(buffers);
    for (int i = 1; i < ring.size; i++) {
      ring.offer(head);
    }
  }

  @Test
  void gigabytesOfOutputArePrintedAPieceAStepAndEndWithAReset() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    VirtioDriver.Ring ring = indirect(1, 128, 0);
    fill(ring, times(1023, new Buffer(RAM + HALF, HALF, false)));
    driver.stepping = false;
    ring.kick();
    for (int i = 0; i < 1_000; i++) {
      assertThat(terminal.printed).isLessThan((i + 1) * MOST);
      assertThat(driver.steps.step()).isTrue();
    }
    assertThat(terminal.printed).isGreaterThan(1_000 * 4096);
    assertThat(ring.hasUsed()).isFalse(); // Not even the first of them is through.
    driver.set(STATUS, 0);
    long printed = terminal.printed;
    driver.steps.run();
    assertThat(terminal.printed).isEqualTo(printed);
    expectBounded();
  }

  @Test
  void manySmallBuffersCostAsMuchAsTheyAre() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    VirtioDriver.Ring ring = indirect(1, 128, 0);
    Buffer[] bytes = new Buffer[1024];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = new Buffer(RAM + HALF + 2L * i, 1, false); // Not joined to one.
    }
    fill(ring, bytes);
    ring.kick();
    assertThat(terminal.printed).isEqualTo(128 * 1024);
    assertThat(driver.steps.count).isGreaterThan(100);
    expectBounded();
  }

  @Test
  void outputThatIsHalfPrintedGoesOnInTheRestoredMachine() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    VirtioDriver.Ring ring = indirect(1, 8, 0);
    byte[] text = new byte[300_000];
    for (int i = 0; i < text.length; i++) {
      text[i] = (byte) (i * 7 + i / 251);
    }
    driver.memory.write(RAM + HALF, text);
    ring.addIndirect(
        new Buffer(RAM + HALF, 100_001, false), new Buffer(RAM + HALF + 100_001, 199_999, false));
    driver.stepping = false;
    ring.kick();
    driver.steps.step();
    VirtioMmio.State state = driver.mmio.state();
    long before = terminal.printed;
    assertThat(before).isBetween(1L, 299_999L);
    assertThat(state.session().queues().get(1).requests().getFirst().read()).isEqualTo(before);
    Steps steps = new Steps();
    Terminal after = new Terminal();
    VirtioMmio copy =
        new VirtioMmio("copy", new VirtioConsole(after), driver.memory, high -> {}, steps);
    copy.restore(state);
    assertThat(copy.state()).isEqualTo(state);
    steps.run();
    byte[] all = terminal.kept.toByteArray();
    byte[] rest = after.kept.toByteArray();
    assertThat(all).isEqualTo(Arrays.copyOf(text, (int) before));
    assertThat(rest).isEqualTo(Arrays.copyOfRange(text, (int) before, text.length));
    assertThat(ring.take().length()).isZero();
  }

  @Test
  void aRestoredRequestThatHasBecomeShorterIsABrokenRule() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    VirtioDriver.Ring ring = indirect(1, 8, 0);
    ring.add(new Buffer(RAM + HALF, 300_000, false));
    driver.stepping = false;
    ring.kick();
    VirtioMmio.State state = driver.mmio.state();
    ring.descriptor(0, RAM + HALF, 10, 0, 0);
    Steps steps = new Steps();
    VirtioMmio copy =
        new VirtioMmio("copy", new VirtioConsole(terminal), driver.memory, high -> {}, steps);
    copy.restore(state);
    steps.run();
    assertThat(copy.statistics().lastFault()).contains("has become shorter");
  }

  @Test
  void aSavedQueueWithImpossibleProgressIsRefused() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    assertThatThrownBy(() -> new SplitQueue.Request(-2, 0, 0)).hasMessageContaining("request -2");
    assertThatThrownBy(() -> new SplitQueue.Request(1, -1, 0))
        .hasMessageContaining("-1 bytes read");
    List<SplitQueue.Request> many = Collections.nCopies(1025, new SplitQueue.Request(0, 0, 0));
    assertThatThrownBy(
            () -> new SplitQueue.State(8, 0, 0, 0, false, false, false, 0, 0, 0, false, many))
        .hasMessageContaining("1025 requests under way; expected at most 1024");
  }

  @Test
  void aQueueThatIsTakenAwayForgetsItsHalfServedRequest() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    VirtioDriver.Ring ring = indirect(1, 8, 0);
    ring.add(new Buffer(RAM + HALF, 300_000, false));
    driver.stepping = false;
    ring.kick();
    driver.set(QUEUE_SEL, 1);
    driver.set(QUEUE_READY, 0);
    long printed = terminal.printed;
    VirtioDriver.Ring next = driver.ring(1, 8, false);
    next.add(driver.readable((byte) 'x'));
    next.kick();
    driver.steps.run();
    assertThat(terminal.printed).isEqualTo(printed + 1);
    assertThat(next.take()).isEqualTo(new Used(0, 0));
  }

  @Test
  void inputIntoBuffersOfAByteBehindLongChainsIsTakenInSteps() {
    driver = new VirtioDriver(new VirtioConsole(terminal));
    driver.stepping = false;
    VirtioDriver.Ring ring = indirect(0, 128, 0);
    Buffer[] buffers = times(1024, new Buffer(RAM + HALF, 0, true));
    buffers[1023] = new Buffer(RAM + HALF, 1, true);
    fill(ring, buffers);
    terminal.typing = new byte[4096];
    terminal.ready(); // On a thread of the host's: one step's worth.
    assertThat(terminal.typed).isBetween(1, 20);
    driver.steps.run();
    assertThat(terminal.typed).isEqualTo(128);
    ring.kick();
    driver.steps.run();
    expectBounded();
  }

  @Test
  void controlMessagesOfAllPortsAreExchangedInSteps() {
    VirtioConsole.Port port = new VirtioConsole.Port("n".repeat(100), true, terminal);
    driver =
        new VirtioDriver(new VirtioConsole(IntStream.range(0, 31).mapToObj(i -> port).toList()));
    driver.negotiate(VERSION_1 | INDIRECT | MULTIPORT);
    VirtioDriver.Ring toGuest = driver.ring(2, 128, false);
    VirtioDriver.Ring toDevice = driver.ring(3, 128, false);
    driver.ok();
    Buffer[] room = times(1024, new Buffer(RAM + HALF, 200, true));
    fill(toGuest, room);
    int ready = driver.steps.count;
    Buffer deviceReady =
        driver.readable(littleEndian(8, b -> b.putInt(0).putShort((short) 0).putShort((short) 1)));
    Buffer[] message = times(1023, new Buffer(RAM + HALF, 0, false));
    message[0] = deviceReady;
    fill(toDevice, message);
    toDevice.kick();
    assertThat(driver.steps.count - ready).isGreaterThan(20);
    assertThat(toGuest.hasUsed()).isTrue();
    expectBounded();
  }

  @Test
  void randomBytesComeAFewThousandARequestAndARequestOrTwoAStep() {
    long[] filled = new long[2];
    driver =
        new VirtioDriver(
            new VirtioEntropy(bytes -> {
              filled[0] += bytes.length;
              filled[1] = Math.max(filled[1], bytes.length);
            }));
    VirtioDriver.Ring ring = indirect(0, 64, 0);
    fill(ring, times(1023, new Buffer(RAM + HALF, HALF, true)));
    ring.kick();
    assertThat(filled[0]).isEqualTo(64 * 4096);
    assertThat(filled[1]).isEqualTo(4096);
    assertThat(driver.steps.count).isGreaterThan(20);
    expectBounded();
  }

  /** Pages that the host has taken back, and the largest range of them. */
  private static final class Reclaimed {
    private long pages;
    private long most;

    private void take(long gpa, long bytes) {
      pages += bytes / 4096;
      most = Math.max(most, bytes);
    }
  }

  private Reclaimed balloon() {
    Reclaimed reclaimed = new Reclaimed();
    driver = new VirtioDriver(new VirtioBalloon(reclaimed::take));
    return reclaimed;
  }

  @Test
  void scatteredPagesOfTheLongestListsAreReclaimedInSteps() {
    Reclaimed reclaimed = balloon();
    VirtioDriver.Ring ring = indirect(0, 128, 0);
    for (int i = 0; i < HALF / 4; i++) { // Every second page, so that no two are neighbours.
      int page = (int) (RAM >>> 12) + i % 128 * 2;
      driver.memory.putInt(RAM + HALF + 4L * i, page);
    }
    ring.add(new Buffer(RAM + HALF, HALF, false));
    ring.kick();
    assertThat(ring.take().length()).isZero();
    assertThat(reclaimed.pages).isEqualTo(HALF / 4);
    assertThat(driver.steps.count).isGreaterThan(HALF / 4 / 40);
    expectBounded();
  }

  @Test
  void hugeReportedRangesAreReclaimedInPiecesOfWholePages() {
    Reclaimed reclaimed = balloon();
    VirtioDriver.Ring ring = indirect(2, 128, REPORTING);
    fill(ring, times(1023, new Buffer(RAM + 0x200, RAM_SIZE - 0x200, true)));
    driver.stepping = false;
    ring.kick();
    for (int i = 0; i < 1_000; i++) {
      assertThat(driver.steps.step()).isTrue();
    }
    assertThat(reclaimed.most).isLessThanOrEqualTo(256 << 10);
    // All but the first page of each buffer of 256, which is not whole.
    assertThat(reclaimed.pages % 255).isIn(0L, 63L, 127L, 191L);
    expectBounded();
  }

  @Test
  void statisticsAndReturnedPagesAreTakenInSteps() {
    balloon();
    VirtioDriver.Ring deflate = indirect(1, 128, STATISTICS);
    fill(deflate, times(1024, new Buffer(RAM + HALF, 256, false)));
    deflate.kick();
    VirtioDriver.Ring statistics = driver.ring(2, 128, false);
    fill(statistics, times(1024, new Buffer(RAM + HALF, 256, false)));
    int before = driver.steps.count;
    statistics.kick();
    assertThat(driver.steps.count - before).isGreaterThan(60);
    expectBounded();
  }

  @Test
  void aStatisticsBufferIsNotGivenBackToAQueueThatWasSetUpAnew() {
    Reclaimed ignored = balloon();
    VirtioDriver.Ring ring = indirect(2, 8, STATISTICS);
    ring.add(new Buffer(RAM + HALF, 100, false));
    ring.kick();
    driver.set(QUEUE_SEL, 2);
    driver.set(QUEUE_READY, 0);
    VirtioDriver.Ring next = driver.ring(2, 8, false);
    next.kick();
    assertThat(next.hasUsed()).isFalse();
  }
}
