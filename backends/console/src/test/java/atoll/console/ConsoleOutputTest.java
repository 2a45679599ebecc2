package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import atoll.console.ConsoleOutput.Overflow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ConsoleOutputTest {
  private final ByteArrayOutputStream shown = new ByteArrayOutputStream();
  private final ByteArrayOutputStream log = new ByteArrayOutputStream();

  private final CountDownLatch writing = new CountDownLatch(1);
  private final CountDownLatch go = new CountDownLatch(1);

  /** Stands still at the first write until it is told to go on. */
  private final class Slow extends OutputStream {
    @Override
    public void write(int b) {
      shown.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      writing.countDown();
      try {
        go.await();
      } catch (InterruptedException e) {
        throw new IOException(e);
      }
      shown.write(bytes, offset, length);
    }
  }

  @Test
  void everythingIsWrittenInOrderBeforeCloseReturns() {
    ConsoleOutput output =
        new ConsoleOutput(
            shown,
            new PlainDisplay(),
            Overflow.WAIT,
            new ConsoleLog(Optional.empty(), log),
            OutputWatch.NONE,
            e -> {});
    StringBuilder expected = new StringBuilder();
    for (int i = 0; i < 100_000; i++) {
      byte[] line = ("line " + i + "\n").getBytes(StandardCharsets.US_ASCII);
      output.write(line, 0, line.length);
      expected.append("line ").append(i).append('\n');
    }
    output.close();
    assertThat(shown.toString(StandardCharsets.US_ASCII)).isEqualTo(expected.toString());
    assertThat(log.toByteArray()).isEqualTo(shown.toByteArray());
  }

  @Test
  void theLogHasTheGuestsBytesAndNoNotes() {
    ConsoleOutput output =
        new ConsoleOutput(
            shown,
            new ConsoleView(true),
            Overflow.WAIT,
            new ConsoleLog(Optional.empty(), log),
            OutputWatch.NONE,
            e -> {});
    write(output, "prompt> ");
    output.note("Ctrl-a h");
    output.close();
    assertThat(log.toString(StandardCharsets.US_ASCII)).isEqualTo("prompt> ");
    assertThat(shown.toString(StandardCharsets.US_ASCII))
        .isEqualTo("prompt> \r\natoll: Ctrl-a h\r\n");
  }

  @Test
  void aLogThatIsFullSaysSoOnceAndTheOutputGoesOn() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("no space left on device");
          }
        };
    LogFile file = LogFile.unbounded(Path.of("console.log"));
    ConsoleOutput output =
        new ConsoleOutput(
            shown,
            new ConsoleView(true),
            Overflow.WAIT,
            new ConsoleLog(Optional.of(file), full),
            OutputWatch.NONE,
            e -> {});
    for (int i = 0; i < 100_000; i++) {
      write(output, "line\n");
    }
    output.close();
    String text = shown.toString(StandardCharsets.US_ASCII);
    assertThat(text)
        .containsOnlyOnce(
            "atoll: the console log console.log receives no more output: no space left on device");
    assertThat(text.lines().filter(line -> line.equals("line"))).hasSize(100_000);
  }

  @Test
  void aWatchSeesAllOutputBeforeCloseReturns() {
    ByteArrayOutputStream seen = new ByteArrayOutputStream();
    ConsoleOutput output =
        new ConsoleOutput(
            shown, new PlainDisplay(), Overflow.WAIT, ConsoleLog.none(), seen::write, e -> {});
    for (int i = 0; i < 1000; i++) {
      write(output, "line " + i + "\n");
    }
    output.close();
    assertThat(seen.toByteArray()).isEqualTo(shown.toByteArray());
  }

  @Test
  void aReaderThatGoesAwayIsReportedOnceAndStopsNothing() throws InterruptedException {
    AtomicInteger hangups = new AtomicInteger();
    CountDownLatch hungUp = new CountDownLatch(1);
    OutputStream broken =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    ConsoleOutput output =
        new ConsoleOutput(
            broken,
            new PlainDisplay(),
            Overflow.WAIT,
            ConsoleLog.none(),
            OutputWatch.NONE,
            e -> {
              hangups.incrementAndGet();
              hungUp.countDown();
            });
    write(output, "x");
    hungUp.await();
    byte[] much = new byte[1 << 20];
    output.write(much, 0, much.length);
    output.close();
    assertThat(hangups).hasValue(1);
  }

  @Test
  void aReaderThatStandsStillHoldsTheGuestAtTheBuffersSize() throws InterruptedException {
    ConsoleOutput output =
        new ConsoleOutput(
            new Slow(),
            new PlainDisplay(),
            Overflow.WAIT,
            ConsoleLog.none(),
            OutputWatch.NONE,
            e -> {});
    write(output, "first");
    writing.await();
    Thread guest = Thread.ofPlatform().start(() -> output.write(new byte[1 << 20], 0, 1 << 20));
    while (guest.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    go.countDown();
    guest.join();
    output.close();
    assertThat(shown.size()).isEqualTo(5 + (1 << 20));
  }

  @Test
  void aReaderThatStandsStillDoesNotHoldAGuestThatSharesItsThread() throws InterruptedException {
    ConsoleOutput output =
        new ConsoleOutput(
            new Slow(),
            new ConsoleView(true),
            Overflow.LOSE,
            ConsoleLog.none(),
            OutputWatch.NONE,
            e -> {});
    write(output, "first");
    writing.await();
    output.write(new byte[1 << 20], 0, 1 << 20);
    go.countDown();
    output.close();
    int kept = 1 << 18;
    assertThat(shown.toString(StandardCharsets.US_ASCII))
        .endsWith(
            "the output was not read for a while: " + ((1 << 20) - kept) + " bytes are lost\r\n");
  }

  @Test
  void afterCloseOutputIsDropped() {
    ConsoleOutput output =
        new ConsoleOutput(
            shown, new PlainDisplay(), Overflow.WAIT, ConsoleLog.none(), OutputWatch.NONE, e -> {});
    output.close();
    write(output, "late");
    output.close();
    assertThat(shown.size()).isZero();
  }

  private static void write(ConsoleOutput output, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    output.write(bytes, 0, bytes.length);
  }
}
