package atoll.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The whole program is stopped for a while, as by Ctrl-Z, and continued. */
@EnabledOnOs(OS.LINUX)
class SuspendedRunTest {
  private static final Duration STOPPED = Duration.ofMillis(300);
  private static final Pattern TIME = Pattern.compile("\\(time = (\\d+) at 10000000 Hz\\)");
  private static final long NANOS_PER_TICK = 100;
  private static final int SIGTSTP = 20;

  @TempDir private Path folder;
  private Process process;
  private Shown shown;

  @Test
  void theTimeOfAGuestStandsStillWhileTheProcessIsStopped() throws Exception {
    process = AtollProcess.start(folder, "run", "hello", "--stdin", "keep");
    shown = new Shown(process);
    String ignored = shown.await("> ");
    awaitHandler();
    long begun = System.nanoTime();
    long before = guestTime();
    signal("TSTP");
    signal("TSTP"); // as by a terminal and by the launcher
    while (!state().equals("T")) {
      Thread.onSpinWait();
    }
    long stopped = System.nanoTime();
    while (System.nanoTime() - stopped < STOPPED.toNanos()) {
      Thread.onSpinWait(); // what is held below is so for any time
    }
    long still = System.nanoTime() - stopped;
    signal("CONT");
    long passed = (guestTime() - before) * NANOS_PER_TICK;
    assertThat(passed).isPositive().isLessThan(System.nanoTime() - begun - still);
    AtollProcess.type(process, "poweroff\n");
    assertThat(Checkout.finish(process).code()).isZero();
  }

  /** The process learns to handle the signal beside what else it does at its start. */
  private void awaitHandler() throws IOException {
    Pattern handled = Pattern.compile("SigCgt:\\s*(\\p{XDigit}+)");
    long mask = 0;
    while ((mask >> SIGTSTP - 1 & 1) == 0) {
      Matcher found = handled.matcher(Files.readString(proc("status")));
      assertThat(found.find()).isTrue();
      mask = Long.parseUnsignedLong(found.group(1), 16);
    }
  }

  private Path proc(String name) {
    return Path.of("/proc", Long.toString(process.pid()), name);
  }

  private void signal(String name) throws Exception {
    String pid = Long.toString(process.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  /** As in {@code ps}: T is stopped. */
  private String state() throws IOException {
    String stat = Files.readString(proc("stat"));
    return stat.substring(stat.lastIndexOf(')') + 2).substring(0, 1);
  }

  private long guestTime() throws IOException {
    AtollProcess.type(process, "time\n");
    String answer = shown.await("> ");
    Matcher time = TIME.matcher(answer);
    assertThat(time.find()).as(answer).isTrue();
    return Long.parseLong(time.group(1));
  }
}
