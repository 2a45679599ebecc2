package atoll.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What guests get when a pipe has ended: Ctrl-d, which is 4. */
class EndOfInputTest {
  private static final String END = "\004";

  /** So long that no test sees two of them. */
  private static final Duration NEVER = Duration.ofHours(1);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private LineConsole console;

  private LineConsole open(InputStream in, InputEnd atEnd, Duration silence, String... guests) {
    console = new LineConsole(Ports.named(guests), Ports.setup(0, atEnd), in, out, silence);
    return console;
  }

  private static InputStream input(String text) {
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  @AfterEach
  void close() {
    console.close();
  }

  /** In the middle of a line, the first one hands over the line. */
  @ParameterizedTest
  @CsvSource({"'', 1", "'ls\n', 1", "'ls\r', 1", "ls, 2", "'a\nls', 2", "'ls\n\004', 1"})
  void theEndOfFileComesBehindAllInputAndTwiceInAnUnfinishedLine(String text, int times)
      throws InterruptedException {
    open(input(text), InputEnd.END, NEVER, "one");
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    String all = text + END.repeat(times);
    assertThat(device.await(all.length())).isEqualTo(all);
  }

  @Test
  void itWaitsAsInputDoesUntilTheGuestTakesIt() throws InterruptedException {
    open(input("ls\n"), InputEnd.END, NEVER, "one");
    Recorder device = new Recorder(2);
    console.guest("one").attach(device);
    assertThat(device.await(2)).isEqualTo("ls");
    device.room(10);
    console.guest("one").ready();
    assertThat(device.await(4)).isEqualTo("ls\n" + END);
  }

  @Test
  void inputThatFillsTheQueueStillHasItsEnd() throws InterruptedException {
    String much = "x".repeat(1 << 18);
    open(input(much), InputEnd.END, NEVER, "one");
    Recorder device = new Recorder(1 << 20);
    console.guest("one").attach(device);
    assertThat(device.await(much.length() + 2)).isEqualTo(much + END + END);
  }

  @Test
  void eachGuestOfAPipeGetsIt() throws InterruptedException {
    open(input("one| ls\ntwo| who\n"), InputEnd.END, NEVER, "one", "two", "three");
    for (String[] guest : new String[][] {{"one", "ls\n"}, {"two", "who\n"}, {"three", ""}}) {
      Recorder device = new Recorder(100);
      console.guest(guest[0]).attach(device);
      assertThat(device.await(guest[1].length() + 1)).isEqualTo(guest[1] + END);
    }
  }

  @Test
  void aGuestThatStartsAgainGetsItAgain() throws InterruptedException {
    open(input("ls\n"), InputEnd.END, NEVER, "one");
    Recorder first = new Recorder(100);
    console.guest("one").attach(first);
    first.await(4);
    Recorder second = new Recorder(100);
    console.guest("one").attach(second);
    assertThat(second.await(1)).isEqualTo(END);
  }

  /** The first life's device has taken the last bytes, and its call has not returned yet. */
  @Test
  void aGuestThatStartsAgainWhileTheLastIsTakenGetsItAgain() throws InterruptedException {
    open(input("ls\n"), InputEnd.END, NEVER, "one");
    Recorder second = new Recorder(100);
    console
        .guest("one")
        .attach((bytes, offset, length) -> {
          if (bytes[offset + length - 1] == END.charAt(0)) {
            console.guest("one").attach(second);
          }
          return length;
        });
    assertThat(second.await(1)).isEqualTo(END);
  }

  @Test
  void aGuestThatGoesOnTalkingAndFallsSilentGetsItAgain() throws InterruptedException {
    open(input("cat\n"), InputEnd.END, Duration.ofMillis(1), "one");
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    assertThat(device.await(5)).startsWith("cat\n" + END);
    for (int lines = 2; lines < 10; lines++) {
      console.guest("one").output(new byte[] {'#'}, 0, 1);
      assertThat(device.await(4 + lines)).startsWith("cat\n" + END.repeat(lines));
    }
  }

  @Test
  void aGuestThatPrintsNothingGetsItAgainToo() throws InterruptedException {
    open(input("cat >a; cat >b\n"), InputEnd.END, Duration.ofMillis(1), "one");
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    String script = "cat >a; cat >b\n" + END.repeat(4);
    assertThat(device.await(script.length())).startsWith(script);
  }

  /** A guest that answers each of them would be asked for ever. */
  @Test
  void aGuestIsRemindedOnlySoOften() {
    ConsoleInput input = new ConsoleInput(8, ConsoleInput.Rest.KEPT);
    open(input(""), InputEnd.KEEP, NEVER, "one");
    int[] taken = {0};
    Object monitor = new Object();
    input.attach((bytes, offset, length) -> {
      synchronized (monitor) {
        taken[0] += length;
        monitor.notifyAll();
      }
      return length;
    });
    input.end();
    for (int i = 0; i < 1000; i++) {
      input.spoken();
      input.remind();
      input.remind();
    }
    input.close();
    synchronized (monitor) {
      assertThat(taken[0]).isLessThanOrEqualTo(65);
    }
  }

  @Test
  void aGuestThatWasStartedAgainGetsTheEndThatCameWhileItWasStopped() throws Exception {
    PipedOutputStream typed = new PipedOutputStream();
    open(new PipedInputStream(typed), InputEnd.END, NEVER, "one");
    console.guest("one").attach(new Recorder(100));
    console.guest("one").unplug("it is stopped", false);
    typed.close();
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    assertThat(device.await(1)).isEqualTo(END);
  }

  @Test
  void keptInputHasNoEnd() throws InterruptedException {
    open(input("ls\n"), InputEnd.KEEP, Duration.ofMillis(1), "one");
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    device.await(3);
    // A second life would get the end at once, before anything else.
    Recorder second = new Recorder(100);
    console.guest("one").attach(second);
    console.guest("one").put(new byte[] {'x'}, 0, 1);
    assertThat(second.await(1)).isEqualTo("x");
  }

  @Test
  void inputThatCannotBeReadHasEnded() throws InterruptedException {
    InputStream closed =
        new InputStream() {
          @Override
          public int read() throws IOException {
            throw new IOException("Bad file descriptor");
          }

          @Override
          public int read(byte[] into, int offset, int length) throws IOException {
            return read();
          }
        };
    open(closed, InputEnd.END, NEVER, "one");
    Recorder device = new Recorder(100);
    console.guest("one").attach(device);
    assertThat(device.await(1)).isEqualTo(END);
  }
}
